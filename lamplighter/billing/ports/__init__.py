"""What billing needs of the world outside, as Protocols."""
