"""What use costs, by a table that the operator sets; free where it says nothing. Pure.

A line of the bill is `batch::MODEL` or `streaming::MODEL` for listening, in dollars an hour of audio (all channels);
`speak::MODEL` in dollars a thousand characters; `read::MODEL` in dollars a thousand tokens read; `agent::MODEL` in
dollars an hour of conversation. In the table `*` stands for anything, and the longest name that fits counts.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from sonant.engine.metering import UsageRow

DOLLAR = 1_000_000_000
"""What money is counted in: billionths of a US dollar."""
_KINDS = {"batch": "Batch", "streaming": "Stream", "speak": "Speech", "read": "Reading", "agent": "Agent"}


def line_item(row: UsageRow) -> str:
    """The line of the bill that a request goes to."""
    kind = row.endpoint
    if kind == "listen":
        kind = "streaming" if row.method == "streaming" else "batch"
    return f"{kind}::{row.use.model}"


def name_item(item: str) -> str:
    """What people call a line: `tiny.en (Stream)`."""
    kind, _, model = item.partition("::")
    return f"{model or 'any'} ({_KINDS.get(kind, kind)})"


def cost_of(row: UsageRow, prices: Mapping[str, float]) -> int:
    """What a request cost; one that failed costs nothing."""
    fitting = [name for name in prices if fnmatchcase(line_item(row), name)]
    if row.code >= 400 or not fitting:
        return 0
    return round(prices[max(fitting, key=len)] * _amount(row) * DOLLAR)


def _amount(row: UsageRow) -> float:
    use = row.use
    if row.endpoint == "speak":
        return use.characters / 1_000
    if row.endpoint == "read":
        return use.tokens_in / 1_000
    if row.endpoint == "agent":
        return use.agent_seconds / 3_600
    return use.seconds * use.channels / 3_600
