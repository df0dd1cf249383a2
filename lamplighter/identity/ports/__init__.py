"""What identity needs of the world outside, as Protocols."""
