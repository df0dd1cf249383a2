"""What tariffs need of the world outside, as Protocols."""
