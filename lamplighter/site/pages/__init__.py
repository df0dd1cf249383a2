"""Pages for staff, made on the server: they work without a script."""
