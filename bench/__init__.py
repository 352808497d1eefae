"""Benchmarks: codec and driver beside their peers. Start them with ``scripts/bench``."""
