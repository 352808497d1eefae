"""The fault matrix: one module for each row."""
