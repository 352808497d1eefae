"""Migrations that are too long to stand beside the others; `schema` puts them in order."""
