"""The ways in: bytes to requests, answered only after the commit."""
