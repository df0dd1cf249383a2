"""What can be asked of billing."""
