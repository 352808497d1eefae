"""One module for each case: ``CASE``, and what plays it."""
