"""The HTTP library, loaded to last.

Memory that pyreqwest takes from the system is kept by the thread that loads it, as if that one never ended. Where it
does, the next use of the library crashes the process.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec

_LOADING = threading.Lock()


@cache
def load_pyreqwest() -> bool:
    """Load it from a thread that lasts, before anybody imports it; whether it is there."""
    with _LOADING:
        return _load_pyreqwest()


def _load_pyreqwest() -> bool:
    if "pyreqwest.client" in sys.modules:
        return True
    if not find_spec("pyreqwest"):
        return False
    if threading.current_thread() is threading.main_thread():
        import_module("pyreqwest.client")
    else:
        _load_and_stay()
    return True


def _load_and_stay() -> None:
    loaded = threading.Event()

    def stay() -> None:
        with suppress(ImportError):  # whoever imports it next is told
            import_module("pyreqwest.client")
        loaded.set()
        threading.Event().wait()

    threading.Thread(target=stay, name="sonant-lasting", daemon=True).start()
    loaded.wait()
