"""Thirty days of mixed life in virtual time, with faults from a plan: row 56."""
