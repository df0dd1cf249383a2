"""What metering needs of the world outside, as Protocols."""
