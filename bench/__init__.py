"""Measurements: each figure of the README, beside its peer, on the same data."""
