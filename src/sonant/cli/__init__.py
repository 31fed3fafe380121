"""The command `sonant`. Its libraries come with the extra `cli`; without it this says how to get them."""

import sys


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    try:
        from sonant.cli.app import run
    except ModuleNotFoundError as error:
        if error.name not in {"cyclopts", "rich"}:
            raise
        sys.exit(f'sonant: {error.name} is not installed. Run pip install "sonant[cli,engine]"')
    sys.exit(run(sys.argv[1:]))
