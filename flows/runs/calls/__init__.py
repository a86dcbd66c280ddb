"""The spine of calls: connect, prepare, push one at a time, report; and everything that goes on with a batch."""
