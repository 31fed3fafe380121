"""`python -m sonant.cli`."""

from sonant.cli import main

main()
