"""`python -m lamplighter` does what the command `lamplighter` does."""

from lamplighter.site.cli import main

main()
