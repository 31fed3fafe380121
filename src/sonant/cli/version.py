"""`sonant version`: what this is."""

import platform

from sonant import __version__
from sonant.cli.talk import OK, deliver


def version() -> int:
    """Print the versions of sonant and Python, and the platform."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    deliver(f"sonant {__version__}, {python}, {platform.platform()}", None)
    return OK
