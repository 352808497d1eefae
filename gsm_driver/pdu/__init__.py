"""Sans-I/O short messages (3GPP TS 23.040, 23.038). Standard library only."""
