"""Rules of billing: where measured usage meets a tariff. Pure."""
