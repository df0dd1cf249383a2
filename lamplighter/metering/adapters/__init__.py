"""Where metering meets the world: file formats, one module each."""
