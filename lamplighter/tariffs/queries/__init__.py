"""What others may ask of tariffs. Import the module you need: `files` works without a database."""
