"""What was heard becomes the answer of the wire."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from sonant.contract.listen import Alternative, Channel, Metadata, Results, Transcript, Utterance, Word
from sonant.engine.listen.advice import warn_languages
from sonant.engine.listen.plan import Plan
from sonant.engine.listen.recording import Heard, HeardChannel
from sonant.engine.listen.text.paragraphs import group_paragraphs
from sonant.engine.listen.text.search import find_terms
from sonant.engine.listen.text.utterances import split_utterances
from sonant.engine.listen.text.words import join_words, median_confidence, write_word
from sonant.engine.listen.writing import Writing, format_words, spell
from sonant.engine.models.ports import HeardWord

_Rule = Callable[[Sequence[HeardWord], Writing, str], list[HeardWord]]


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
    channels = [_channel(channel, plan) for channel in heard.channels]
    utterances = _utterances(channels, plan) if plan.utterances else None
    return Transcript(_metadata(heard, plan, submission), Results(channels=channels, utterances=utterances))


def _channel(heard: HeardChannel, plan: Plan) -> Channel:
    language = _language(heard, plan)
    spoken = [spell_words(reading, plan, language) for reading in heard.readings]
    verdict = heard.verdict
    return Channel(
        alternatives=[make_alternative(words, plan, language) for words in spoken],
        search=find_terms(spoken[0], plan.search) if plan.search else None,
        detected_language=verdict.language if verdict else None,
        language_confidence=round(verdict.confidence, 7) if verdict else None,
    )


def _language(heard: HeardChannel, plan: Plan) -> str:
    return heard.verdict.language if heard.verdict else plan.language


def _by_language(words: Sequence[HeardWord], writing: Writing, language: str, rule: _Rule) -> list[HeardWord]:
    """Apply a rule to each stretch of one language."""
    stretches = groupby(words, key=lambda word: word.language or language)
    return [word for spoken, stretch in stretches for word in rule(list(stretch), writing, spoken)]


def spell_words(reading: Sequence[HeardWord], plan: Plan, language: str) -> list[HeardWord]:
    """A reading with its fillers and expected terms as they were asked for."""
    return _by_language(reading, plan.writing, language, spell)


def make_alternative(spoken: Sequence[HeardWord], plan: Plan, language: str) -> Alternative:
    """A reading as it is to be read."""
    formatted = _by_language(spoken, plan.writing, language, format_words)
    words = [write_word(word, punctuate=plan.writing.punctuate) for word in formatted]
    languages = Counter(word.language for word in words if word.language)
    return Alternative(
        transcript=join_words(words),
        confidence=median_confidence(words),
        words=words,
        paragraphs=group_paragraphs(words) if plan.writing.paragraphs else None,
        languages=[name for name, _ in languages.most_common()] or None,
        languages_hinted=list(plan.hinted) or None if languages else None,
    )


def _utterances(channels: Sequence[Channel], plan: Plan) -> list[Utterance]:
    return [
        utterance
        for number, channel in enumerate(channels)
        for utterance in split_utterances(_best_words(channel), number, plan.utt_split)
    ]


def _best_words(channel: Channel) -> Sequence[Word]:
    return channel.alternatives[0].words


def _metadata(heard: Heard, plan: Plan, submission: Submission) -> Metadata:
    spoken = {word.language or _language(channel, plan) for channel in heard.channels for word in channel.readings[0]}
    return Metadata(
        request_id=submission.request_id,
        sha256=submission.sha256,
        created=submission.created,
        duration=round(heard.duration, 6),
        channels=len(heard.channels),
        models=[plan.model.uuid],
        model_info={plan.model.uuid: plan.model.info},
        transaction_key="deprecated",
        warnings=[*plan.warnings, *warn_languages(plan.writing, spoken)] or None,
        extra=plan.extra,
        tags=plan.tags,
    )
