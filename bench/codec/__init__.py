"""Encode and decode, beside other codecs."""
