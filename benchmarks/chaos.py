"""The same broken network under this project's live session and the official client's: `python benchmarks/chaos.py`.

A minute of audio that counts goes through a proxy that breaks it three times in one way, twenty times as fast as it
would be spoken. The official client is opened again by the code around it whenever it raises; what it had sent but
had not got back is gone. Runs in the development environment, in about five minutes: some clients have to be
waited for.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from compare import table
from envs import ROOT
from processes import HERE, clean_environment

sys.path.append(str(ROOT / "tests"))

from counting import SLOT, counting_audio, said_in
from faultproxy import KINDS, FaultProxy, random_faults
from speaking import Script, SpeakingServer

SECONDS, SPEED, FAULTS, LIMIT = 60, 20, 3, 40.0
HEADER = ("fault, three times", "client", "words", "lost", "doubled", "errors raised")
CLIENTS = {"official": "deepgram-sdk 7.17.0", "ours": "sonant"}


def play(kind: str | None, impl: str, payload: Path) -> tuple[list[str], str]:
    """What a client printed, line by line, and a remark if it did not come back."""
    size = payload.stat().st_size
    faults = random_faults(FAULTS, int(size * 0.9), seed=2, kinds=(kind,)) if kind else []  # type: ignore[arg-type]
    with SpeakingServer(Script(final_every=2.0)) as server, FaultProxy(server.port, *faults) as proxy:
        command = [sys.executable, str(HERE / "rows" / "chaos.py"), "--impl", impl, "--url", proxy.url]
        command += ["--payload", str(payload), "--limits", json.dumps({"pause": SLOT / SPEED})]
        environment = {**clean_environment(), "PYTHONPATH": str(ROOT / "src")}
        try:
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, timeout=LIMIT, check=False)
        except subprocess.TimeoutExpired as hung:
            return (hung.stdout or b"").decode().splitlines(), f"hangs: ended after {LIMIT:g} s"
    return done.stdout.decode().splitlines(), "" if done.returncode == 0 else f"exit {done.returncode}"


def judge(kind: str | None, impl: str, payload: Path) -> tuple[str, ...]:
    """One line of the table."""
    lines, remark = play(kind, impl, payload)
    truth = [said.word for said in said_in(round(SECONDS / SLOT))]
    heard = Counter(line for line in lines if not line.startswith("!"))
    lost = sum(word not in heard for word in truth)
    doubled = sum(count - 1 for count in heard.values())
    errors = Counter(line.removeprefix("! ") for line in lines if line.startswith("!"))
    told = [f"{count} x {name}" for name, count in errors.items()] + [remark] * bool(remark)
    return kind or "none", CLIENTS[impl], str(len(truth)), str(lost), str(doubled), ", ".join(told) or "none"


def main() -> None:
    """Run all, print the table."""
    with tempfile.TemporaryDirectory() as folder:
        payload = Path(folder) / "minute.raw"
        payload.write_bytes(counting_audio(SECONDS))
        rows = [judge(kind, impl, payload) for kind in (None, *KINDS) for impl in CLIENTS]
    print(table([HEADER, *rows]))


if __name__ == "__main__":
    main()
