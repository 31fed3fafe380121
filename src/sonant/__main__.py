"""`python -m sonant`: the command line."""

from sonant.cli import main

if __name__ == "__main__":
    main()
