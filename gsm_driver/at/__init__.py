"""Sans-I/O AT commands and responses (3GPP TS 27.005, 27.007, ITU-T V.250). Standard library only."""
