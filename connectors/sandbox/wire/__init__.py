"""The sandbox on the wire: HTTP as Puma, Rack and Rails speak it."""
