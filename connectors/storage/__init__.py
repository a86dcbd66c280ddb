"""Where files lie that are not on this machine's own disks: shares, clouds, links."""
