"""500 MB of audio to POST /v1/listen, from bytes in memory or from an open file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import clients
import measure

SIZE = 500_000_000


def sender(impl: str, url: str) -> Any:
    """What sends a source and gives the check that the server answered."""
    if impl == "official":
        client = clients.official(url, timeout=600)
        return lambda source: client.listen.v1.media.transcribe_file(request=source).metadata.sha256
    if impl == "ours":
        client = clients.ours(url)
        return lambda source: client.listen.prerecorded.transcribe_file(source).metadata.sha256
    return lambda source: _bare(url, source)


def _bare(url: str, source: Any) -> str:
    """Hand slices to pyreqwest, nothing else."""
    import json

    from pyreqwest.client import SyncClientBuilder

    view = memoryview(source) if isinstance(source, bytes) else None
    step = 1 << 20
    slices = (view[i : i + step] for i in range(0, len(view), step)) if view else iter(lambda: source.read(step), b"")
    request = SyncClientBuilder().build().post(f"{url}/v1/listen").header("Content-Length", str(SIZE))
    return json.loads(request.body_stream(slices).build().send().bytes().to_bytes())["metadata"]["sha256"]


def recording(variant: str, path: Path) -> Any:
    """The source: an open file, or all of it in memory."""
    if variant == "file":
        return path.open("rb")
    block = path.open("rb").read(1_000_000)
    return block * (SIZE // len(block))


def main() -> None:
    """Send a little to warm up, then everything."""
    given = measure.arguments()
    send = sender(given["impl"], given["url"])
    source = recording(given["variant"], Path(given["payload"]))
    if given["impl"] != "floor":
        send(b"RIFF" * 1000)
    before = measure.memory()
    with measure.Watch() as watch:
        check = send(source)
    hwm = measure.memory()
    measure.emit(n=1, wall=watch.wall, cpu=watch.cpu, hwm=hwm, added=hwm - before, check=check)


main()
