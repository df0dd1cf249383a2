"""Rules and values of metering: pure, exact, columnar."""
