"""One file per client's format."""
