"""Fuzzing: every place where octets of strangers come in, with what must hold for all of them."""
