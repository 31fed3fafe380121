"""Which options of a request count as features, in the log of requests and in usage."""

from sonant.contract.manage.filters import UsageOptions

_NARROWING = {"start", "end", "accessor", "tag", "model", "method", "endpoint", "deployment"}
FEATURES = frozenset(UsageOptions.__optional_keys__) - _NARROWING
_TODAY = {"ner": "detect_entities", "detect_topics": "topics"}
"""What older names of features are called today."""


def feature_of(option: str) -> str:
    """The feature that an option is, by today's name; empty for one that is none."""
    return _TODAY.get(option, option) if option in FEATURES else ""
