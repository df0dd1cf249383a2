"""Tariffs as others write them down, one format a file."""
