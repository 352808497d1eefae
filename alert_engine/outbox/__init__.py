"""The outbox: claims due messages, commits them as in flight before a route is touched, records outcomes."""
