"""The journal: one SQLite file, one writer thread; every promise of the product is a committed row."""
