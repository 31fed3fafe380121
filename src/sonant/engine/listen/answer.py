"""What was heard becomes the answer of the wire."""

from collections.abc import Sequence
from dataclasses import dataclass

from sonant.contract.listen import Alternative, Channel, Metadata, Results, Transcript, Utterance, Word
from sonant.engine.listen.plan import Plan
from sonant.engine.listen.recording import Heard
from sonant.engine.listen.text.paragraphs import group_paragraphs
from sonant.engine.listen.text.utterances import split_utterances
from sonant.engine.listen.text.words import join_words, median_confidence, write_word


@dataclass(frozen=True, slots=True)
class Submission:
    """Facts about a request that its recording does not tell."""

    request_id: str
    sha256: str
    """Of the media as submitted, in hex."""
    created: str
    """RFC 3339, UTC."""


def make_transcript(heard: Heard, plan: Plan, submission: Submission) -> Transcript:
    """The answer to a recording."""
    channels = [[write_word(word, punctuate=plan.punctuate) for word in words] for words in heard.channels]
    results = Results(
        channels=[Channel([_alternative(words, plan)]) for words in channels],
        utterances=_utterances(channels, plan) if plan.utterances else None,
    )
    return Transcript(_metadata(heard, plan, submission), results)


def _alternative(words: list[Word], plan: Plan) -> Alternative:
    return Alternative(
        transcript=join_words(words),
        confidence=median_confidence(words),
        words=words,
        paragraphs=group_paragraphs(words) if plan.paragraphs else None,
    )


def _utterances(channels: Sequence[Sequence[Word]], plan: Plan) -> list[Utterance]:
    return [
        utterance
        for channel, words in enumerate(channels)
        for utterance in split_utterances(words, channel, plan.utt_split)
    ]


def _metadata(heard: Heard, plan: Plan, submission: Submission) -> Metadata:
    return Metadata(
        request_id=submission.request_id,
        sha256=submission.sha256,
        created=submission.created,
        duration=round(heard.duration, 6),
        channels=len(heard.channels),
        models=[plan.model.uuid],
        model_info={plan.model.uuid: plan.model.info},
        transaction_key="deprecated",
        warnings=list(plan.warnings) or None,
        extra=plan.extra,
        tags=plan.tags,
    )
