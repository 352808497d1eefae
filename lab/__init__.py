"""The fault laboratory: what can go wrong, played on the real parts, with one checker for all of it."""
