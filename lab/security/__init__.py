"""What strangers try, played against the real programs, and a scan of all that a run wrote."""
