"""One module per service; each has a table from command to handler."""
