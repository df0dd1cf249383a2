"""Rules of tariffs: what a schedule says, what it needs measured, what usage costs. Pure."""
