"""What others may ask of metering. Import the module you need: some work without a database."""
