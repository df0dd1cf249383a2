"""Lamplighter: from the meter to the money."""
