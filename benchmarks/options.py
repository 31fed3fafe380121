"""The options of a recording, with a value each that gives them work. A test holds this against the contract."""

from __future__ import annotations

from typing import get_type_hints

from sonant.contract.listen import TranscribeOptions

LEFT_OUT = frozenset(
    {
        "callback", "callback_method", "channels", "encoding", "extra", "language", "language_hint", "mip_opt_out",
        "model", "sample_rate", "tag", "tier", "version",
    }
)  # fmt: skip
"""Options that choose a model, describe the recording or its answer, and have no work of their own."""

_GIVEN = {
    "alternatives": "3",
    "custom_intent": "buy",
    "custom_intent_mode": "extended",
    "custom_topic": "weather",
    "custom_topic_mode": "extended",
    "diarize_model": "latest",
    "diarize_version": "latest",
    "keyterm": "workshop",
    "keywords": "workshop",
    "redact": "pci",
    "replace": "market:fair",
    "search": "workshop",
    "summarize": "v2",
    "utt_split": "1.2",
}
_NEEDS = {
    "utt_split": {"utterances": "true"},
    "custom_intent_mode": {"custom_intent": "buy"},
    "custom_topic_mode": {"custom_topic": "weather"},
}


def values() -> dict[str, dict[str, str]]:
    """What to ask for, by option; options that the contract gains as true or false come by themselves."""
    names = sorted(set(get_type_hints(TranscribeOptions)) - LEFT_OUT)
    return {name: {name: _GIVEN.get(name, "true"), **_NEEDS.get(name, {})} for name in names}


VALUES = values()
