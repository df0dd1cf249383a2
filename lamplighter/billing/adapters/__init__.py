"""Where billing meets the world: printers, one package each."""
