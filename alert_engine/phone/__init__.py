"""Phone numbers: E.164, without a library (adr/0006)."""
