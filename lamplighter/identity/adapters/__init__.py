"""Identity's translators to the world outside."""
