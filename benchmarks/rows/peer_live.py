"""The peer of the axis `peer-live`: WhisperLive's own server, on a free port of loopback that it prints first.

It takes eight bits by itself where there is no graphics card; `single_model` lets the model stay for the next stream.
"""

from __future__ import annotations

import socket
import sys

from whisper_live.server import TranscriptionServer


def main() -> None:
    """Serve until killed."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    print(port, flush=True)
    TranscriptionServer().run(
        "127.0.0.1",
        port,
        backend="faster_whisper",
        faster_whisper_custom_model_path=sys.argv[1],
        single_model=True,
    )


main()
