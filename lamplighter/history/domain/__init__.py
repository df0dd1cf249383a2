"""The facts of a bill, from its document. Pure."""
