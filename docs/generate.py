"""Write docs/reference out of the code: python docs/generate.py; with --check, only say what has drifted."""

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from types import ModuleType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct, ValidationError, convert

from sonant.cli.flags import choices
from sonant.contract.table import OPERATIONS
from sonant.contract.told import field_docs

REFERENCE = Path(__file__).parent / "reference"
SPEC = Path(__file__).parents[1] / "spec"
NOTE = "<!-- Written by docs/generate.py out of the code. Change the code, then run `make docs`. -->"


# Values and types in words


def show(hint: Any) -> str:
    """A type as a reader writes it: `int > 0`, `"v1" or "v2"`."""
    origin = get_origin(hint)
    if hint is type(None):
        return "None"
    if origin is Annotated:
        return show(get_args(hint)[0]) + "".join(_limits(meta) for meta in hint.__metadata__)
    if origin is Literal:
        return ", ".join(f'"{value}"' for value in get_args(hint))
    if origin in {Union, UnionType}:
        return " or ".join(show(member) for member in get_args(hint))
    if origin is not None:
        inner = ", ".join("..." if arg is Ellipsis else show(arg) for arg in get_args(hint))
        return f"{getattr(origin, '__name__', origin)}[{inner}]"
    return getattr(hint, "__name__", str(hint))


def _limits(meta: Meta) -> str:
    signs = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
    found = [f" {sign} {getattr(meta, name)}" for name, sign in signs.items() if getattr(meta, name) is not None]
    if meta.max_length is not None:
        found.append(f", at most {meta.max_length} long")
    return "".join(found)


def table(*heads: str, rows: Iterator[tuple[str, ...]]) -> str:
    """A Markdown table; bars inside cells are escaped."""
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def prose(text: str | None) -> str:
    """A docstring as Markdown: its sections become lists."""
    lines: list[str] = []
    for line in inspect.cleandoc(text or "").splitlines():
        if line in {"Args:", "Raises:", "Attributes:"}:
            lines.append(f"**{line}**\n")
        elif line.startswith("    ") and not line.startswith("     "):
            name, _, rest = line.strip().partition(": ")
            lines.append(f"- `{name}`: {rest}" if rest else f"  {line.strip()}")
        else:
            lines.append(f"  {line.strip()}" if line.startswith("     ") else line)
    return "\n".join(lines)


# Classes and functions in Markdown


def fields(owner: type, head: str = "field") -> str:
    """The fields of a class: name, type, what they say."""
    hints, docs = get_type_hints(owner, include_extras=True), field_docs(owner)
    told = {name: hint for name, hint in hints.items() if get_origin(hint) is not ClassVar}
    rows = ((f"`{name}`", show(hint), docs.get(name, "")) for name, hint in told.items())
    return table(head, "type", "what it says", rows=rows)


def function(title: str, made: Any, level: int = 3) -> str:
    """A function's heading, signature and docstring."""
    source: Any = _parsed(inspect.unwrap(made))
    returns = ast.unparse(source.returns) if source.returns else "None"
    returns = {"AudioCall": "SyncSpeech"}.get(returns, returns)
    signature = f"{source.name}({_arguments(source)}) -> {_answer(returns)}"
    return f"{'#' * level} `{title}`\n\n```text\n{signature}\n```\n\n{prose(made.__doc__)}"


def _answer(returns: str) -> str:
    """What a caller gets of a method that builds a `Call` or a `Paging`."""
    if returns.startswith("Paging["):
        return returns.replace("Paging", "Iterator", 1)
    return returns.removeprefix("Call[").removesuffix("]") if returns.startswith("Call[") else returns


def _arguments(source: Any) -> str:
    """What a caller gives to a function, out of its source."""
    return ", ".join(arg for arg in ast.unparse(source.args).split(", ") if arg not in {"self", "cls", "/"})


def _use(name: str, made: Any) -> str:
    """How a member is written: a property by its name, a method as a call."""
    return f".{name}" if isinstance(made, property) else f".{name}({_arguments(_parsed(inspect.unwrap(made)))})"


def _parsed(made: Any) -> ast.stmt:
    return ast.parse(dedent(inspect.getsource(made))).body[0]


def methods(owner: type, path: str) -> Iterator[str]:
    """The public methods of a class, as a caller writes them."""
    for name, made in vars(owner).items():
        made_of = getattr(made, "__func__", made)
        if not name.startswith("_") and callable(getattr(made_of, "build", None) or made_of):
            yield function(f"{path}.{name}", inspect.unwrap(made_of))


def classes(module: ModuleType, parent: type) -> Iterator[type]:
    """The classes that a module defines, in its order."""
    for made in vars(module).values():
        if isinstance(made, type) and issubclass(made, parent) and made.__module__ == module.__name__:
            yield made


# Pages


def client_page() -> Iterator[str]:
    """Clients, their settings, their methods."""
    from sonant.client import AsyncDeepgramClient, DeepgramClient, create_client
    from sonant.client.auth import Auth
    from sonant.client.callback import CallbackUrl
    from sonant.client.listen import Prerecorded
    from sonant.client.manage import Manage
    from sonant.client.models import Models
    from sonant.client.selfhosted import SelfHosted

    yield "# Client\n\nEvery method exists on both clients; those of `AsyncDeepgramClient` give something to await."
    for kind in (DeepgramClient, AsyncDeepgramClient):
        yield f"## {kind.__name__}\n\n{prose(kind.__doc__)}"
        names = ("local", "with_options", "open_socket", "close")
        yield from (function(f"{kind.__name__}.{name}", getattr(kind, name)) for name in names)
    yield function("create_client", create_client)
    yield f"### `CallbackUrl`\n\n{prose(CallbackUrl.__doc__)}"
    yield from settings_of_client()
    yield "## Speech to text"
    yield from methods(Prerecorded, "client.listen.prerecorded")
    yield from streams()
    yield from voices()
    yield "## Models"
    yield from methods(Models, "client.models")
    for kind in Manage.__mro__[1:]:
        if kind.__module__.startswith(Manage.__module__):
            yield f"## {(kind.__doc__ or '').rstrip('.')}"
            yield from methods(kind, "client.manage")
    yield "## Temporary tokens"
    yield from methods(Auth, "client.auth")
    yield "## Credentials for the service's own containers\n\n`client.onprem` is an older name of `client.selfhosted`."
    yield from methods(SelfHosted, "client.selfhosted")
    yield "## What each method asks\n\n" + table(
        "operation", "request", "options", "answer", rows=(_operation(item) for item in OPERATIONS)
    )


def _operation(item: Any) -> tuple[str, ...]:
    return (item.name, f"`{item.method} {item.path}`", item.query.__name__, item.returns.__name__)


def settings_of_client() -> Iterator[str]:
    """What a client can be told, out of source that only type checkers see."""
    wanted = {
        "sonant.client.client": ("ClientOptions",),
        "sonant.client.config": ("ScopeConfig", "TransportConfig", "TimeoutConfig"),
        "sonant.client.call": ("CallExtras",),
        "sonant.client.listen": ("FileOptions",),
    }
    for module, names in wanted.items():
        tree = ast.parse(inspect.getsource(importlib.import_module(module)))
        found = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        for name in names:
            yield f"### `{name}`\n\n{ast.get_docstring(found[name])}\n\n" + _source_fields(found[name])


def _source_fields(node: ast.ClassDef) -> str:
    rows = ((f"`{name}`", f"`{kind.replace(' | ', ' or ')}`", text) for name, kind, _, text in _annotated(node))
    return table("setting", "type", "what it says", rows=rows)


def _annotated(node: ast.ClassDef) -> Iterator[tuple[str, str, str, str]]:
    """Name, type, default and text of each field in a class's source."""
    for field, after in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign):
            text = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            default = ast.unparse(field.value) if field.value else ""
            yield ast.unparse(field.target), ast.unparse(field.annotation), default, " ".join(str(text).split())


def streams() -> Iterator[str]:
    """The live streams: how they are opened, what they take, what they tell beside the service's messages."""
    from sonant.client import events, ledger, listenmessages, live, opening, stream, utterances
    from sonant.client.listen import Listen
    from sonant.client.settings import SessionSettings
    from sonant.client.stats import Stats

    yield "## Live speech to text"
    for name in ("live", "turns"):
        yield function(f"client.listen.{name}", getattr(Listen, name))
    extras = opening.ListeningExtras
    yield f"### `ListeningExtras`\n\n{extras.__doc__}\n\n{fields(extras, 'argument')}"
    yield f"### `SessionSettings`\n\n{SessionSettings.__doc__}\n\n{fields(SessionSettings, 'setting')}"
    for kind in (
        stream.Stream,
        stream.SyncStream,
        live.Listener,
        live.SyncListener,
        live.SyncLive,
        listenmessages.Live,
        live.SyncTurns,
        listenmessages.Turns,
    ):
        members = [(name, getattr(kind, name)) for name in vars(kind) if not name.startswith("_")]
        lines = [f"- `{_use(name, made)}`: {_sentence(made).split('. ')[0].rstrip('.')}." for name, made in members]
        yield f"### `{kind.__name__}`\n\n{kind.__doc__}\n\n" + "\n".join(lines)
    for kind in (*classes(events, Struct), utterances.HeardUtterance):
        yield f"### `{kind.__name__}`\n\n{kind.__doc__}\n\n{fields(kind)}"
    yield f"### `Ledger`\n\n{ledger.Ledger.__doc__}\n\n{fields(ledger.Ledger)}"
    yield f"### `Stats`\n\n{prose(Stats.__doc__)}"


def voices() -> Iterator[str]:
    """Text to speech: what is asked, what comes, and the live voices."""
    from sonant import devices
    from sonant.client import longspeech, speaking, speech, speechevents, speechmessages, wording
    from sonant.client.settings import SpeechSettings
    from sonant.client.speak import Speak

    yield "## Text to speech"
    for name in ("request", "request_callback", "request_flux", "request_flux_callback", "long"):
        yield function(f"client.speak.{name}", inspect.unwrap(vars(Speak)[name]))
    for kind in (speech.Speech, speech.SyncAudio, speech.SyncSpeech, longspeech.LongSpeech, longspeech.SyncLongSpeech):
        yield _members(kind)
    for made in (wording.pause, wording.pronounce):
        yield function(made.__name__, made)
    yield "## Live text to speech"
    for name in ("live", "turns"):
        yield function(f"client.speak.{name}", getattr(Speak, name))
    yield f"### `SpeechSettings`\n\n{SpeechSettings.__doc__}\n\n{fields(SpeechSettings, 'setting')}"
    for kind in (speaking.Voice, speaking.SyncVoice, speechmessages.SpeakLive, speechmessages.SpeakTurns):
        yield _members(kind)
    for kind in classes(speechevents, Struct):
        yield f"### `{kind.__name__}`\n\n{kind.__doc__}\n\n{fields(kind)}"
    yield "## Devices\n\nOf `sonant.devices`, with the extra `mic`."
    for kind in (devices.Microphone, devices.Speaker):
        yield _members(kind)
    yield f"### `Played`\n\n{devices.Played.__doc__}\n\n{fields(devices.Played)}"


def _members(kind: type) -> str:
    """A class, and each of its public members in a line."""
    members = [(name, getattr(kind, name)) for name in vars(kind) if not name.startswith("_")]
    lines = [f"- `.{name}`: {_sentence(made).split('. ')[0].rstrip('.')}." for name, made in members if made.__doc__]
    return f"### `{kind.__name__}`\n\n{prose(kind.__doc__)}\n\n" + "\n".join(lines)


def options_page() -> Iterator[str]:
    """What may be asked."""
    from sonant.contract.listen import LiveOptions, TranscribeOptions, TurnOptions
    from sonant.contract.manage import billing, filters, keys, projects, times
    from sonant.contract.models import ModelListOptions
    from sonant.contract.selfhosted import CredentialsOptions
    from sonant.contract.speak import SpeakFluxOptions, SpeakLiveOptions, SpeakOptions, SpeakTurnOptions

    yield "# Options\n\nWhat is left out is not sent; the defaults belong to the server."
    yield "Where a list is allowed, one text stands for a list of one. `extra_query=` sends what is not listed here."
    yield f"## TranscribeOptions\n\n{TranscribeOptions.__doc__}\n\n{fields(TranscribeOptions, 'option')}"
    for kind in (LiveOptions, TurnOptions, SpeakOptions, SpeakFluxOptions, SpeakLiveOptions, SpeakTurnOptions):
        yield f"## {kind.__name__}\n\n{kind.__doc__}\n\n{fields(kind, 'option')}"
    managing = (
        ModelListOptions,
        projects.ProjectOptions,
        keys.KeyListOptions,
        filters.RequestListOptions,
        filters.UsageOptions,
        filters.UsageBreakdownOptions,
        times.DayOptions,
        billing.BillingOptions,
        billing.PurchaseOptions,
        CredentialsOptions,
    )
    for kind in managing:
        yield f"## {kind.__name__}\n\n{kind.__doc__}\n\n{fields(kind, 'option')}"


def results_page() -> Iterator[str]:
    """What comes back."""
    from sonant.contract import auth, models, selfhosted, speak, wire
    from sonant.contract.listen import Accepted, Transcript, live, transcript, turns
    from sonant.contract.manage import agents, billing, invites, keys, members, projects, usage

    yield f"# Results\n\n{transcript.__doc__} A field that did not come is None."
    first = [Transcript, Accepted]
    for kind in [*first, *(kind for kind in classes(transcript, Struct) if kind not in first)]:
        yield f"## {kind.__name__}\n\n{kind.__doc__}\n\n{fields(kind)}"
        yield from _properties(kind)
    for module in (live, turns, speak.live, speak.turns):
        yield f"## {(module.__doc__ or '').splitlines()[0]}"
        for kind in classes(module, Struct):
            yield f"### {kind.__name__}\n\n{kind.__doc__}\n\n{fields(kind)}"
            yield from _properties(kind)
    yield f"## Every reply\n\n{wire.Reply.__doc__}"
    yield from _properties(wire.Reply)
    yield f"### Done\n\n{wire.Done.__doc__}\n\n{fields(wire.Done)}"
    for kind in classes(models, Struct):
        yield f"## {kind.__name__}\n\n{kind.__doc__}\n\n{fields(kind)}"
    for module in (auth, projects, keys, members, invites, usage, billing, agents, selfhosted):
        yield f"## {(module.__doc__ or '').splitlines()[0]}"
        for kind in classes(module, Struct):
            yield f"### {kind.__name__}\n\n{inspect.cleandoc(kind.__doc__ or '')}\n\n{fields(kind)}"


def _properties(kind: type) -> Iterator[str]:
    """What a class offers beside its fields, as one list."""
    found = [(name, made) for name, made in vars(kind).items() if not name.startswith("_") and made.__doc__]
    lines = [f"- `.{name}`: {_sentence(made)}" for name, made in found if isinstance(made, property)]
    lines += [f"- `.{name}()`: {_sentence(made)}" for name, made in found if inspect.isfunction(made)]
    yield "\n".join(lines)


def _sentence(made: Any) -> str:
    return " ".join((inspect.getdoc(made) or "").split())


def errors_page() -> Iterator[str]:
    """What can go wrong."""
    from sonant.client import errors
    from sonant.contract.faults import FAULTS

    tree = inspect.cleandoc(errors.__doc__ or "").split("\n\n", 1)
    yield f"# Errors\n\n{tree[0]}\n\n```text\n{tree[1]}\n```"
    for kind in classes(errors, Exception):
        yield f"## {kind.__name__}\n\n{prose(kind.__doc__)}"
    yield "## What a service refuses, and why"
    yield "The engine answers with these; the client adds the remedy to its error."
    rows = ((str(f.status), f"`{f.code}`" if f.code else "", f.message, f.hint) for f in FAULTS)
    yield table("status", "code", "message", "remedy", rows=rows)


def engine_page() -> Iterator[str]:
    """What the engine can be told."""
    from sonant.engine.settings import Settings

    tree: Any = _parsed(Settings)
    hints = get_type_hints(Settings, include_extras=True)
    yield f"# Settings of the engine\n\n{Settings.__doc__} `sonant serve` takes all but the secret ones as flags."
    rows = ((f"`{name}`", show(hints[name]), f"`{default}`", text) for name, _, default, text in _annotated(tree))
    yield table("setting", "type", "default", "what it says", rows=rows)


WARNINGS = {
    "unsupported_parameter": "not followed, or not with the models that are installed; it had no effect",
    "unsupported_language": "not followed in a language that was spoken",
    "approximated_parameter": "followed in part; the message says how",
    "unused_parameter": "it had no effect, because of another parameter or of the recording",
    "repeated_parameter": "it takes one value and was given several; the last one was followed",
    "substituted_model": "another model than the one named did the work; the message names it",
    "unknown_parameter": "there is no such parameter; it had no effect",
}
NAMES = ("nova-3", "nova-2", "nova-2-phonecall", "nova", "enhanced", "base", "whisper", "whisper-large")
SAMPLES: dict[str, dict[str, Any]] = {
    "model": {"model": "nova-3"},
    "version": {"version": "latest"},
    "language": {"language": "en"},
    "encoding": {"encoding": "linear16", "sample_rate": 16_000},
    "extra": {"extra": {"some": "note"}},
    "language_hint": {"language": "multi", "language_hint": ["en"]},
    **{
        name: {name: value, needed: needed_value}
        for name, value, needed, needed_value in (
            ("dictation", True, "punctuate", True),
            ("utt_split", 1.0, "utterances", True),
            ("callback_method", "PUT", "callback", "https://example.com"),
        )
    },
    "sample_rate": {"encoding": "linear16", "sample_rate": 16_000},
    "channels": {"encoding": "linear16", "sample_rate": 16_000, "channels": 2},
}
"""What to ask where just any value would be refused."""
REFUSALS: tuple[dict[str, Any], ...] = (
    {"model": "no-such-model"},
    {"version": "no-such-version"},
    {"language": "tlh"},
    {"summarize": "v1"},
    {"diarize": True, "diarize_model": "latest"},
    {"encoding": "linear16"},
    {"encoding": "linear16", "sample_rate": 1},
    {"keywords": ["tea"], "model": "nova-3"},
    {"keywords": ["tea:much"]},
    {"keyterm": ["word " * 501]},
    {"detect_language": ["xx"]},
)


def parameters_page() -> Iterator[str]:
    """What the engine makes of each parameter: it is asked, one by one."""
    from sonant.contract.listen import LiveOptions, TranscribeOptions
    from sonant.engine.listen import advice, plan

    yield "# What the engine does with each parameter\n\nOf `POST /v1/listen`. No parameter is passed over in silence."
    yield (
        "- **supported**: it does what [its description](options.md) says.\n"
        "- **approximated**: it does so in another way than the service, which may show; the table says how.\n"
        "- **warned**: it has no effect yet, and the answer says so with type `unsupported_parameter`.\n\n"
        "What is **refused** stands below. `detect_language`, `language=multi` and languages other than English want "
        "the extra `multilingual`, or another model that knows them."
    )
    rows = ((f"`{name}`", *_treatment(name, hint)) for name, hint in _hints(TranscribeOptions))
    yield table("parameter", "the engine", "how", rows=rows)
    yield (
        "## On a WebSocket\n\nThe last message of `/v1/listen`, `Metadata`, has the warnings. What a stream cannot do "
        "is refused before it begins; parameters that only recordings have, and those that lack another one they need, "
        "had no effect, and are warned of. On "
        "`/v2/listen` any parameter that is not its own is refused. The rest is as above."
    )
    refused = ((f"`{name}`", _live_refusal({name: _sample(hint)})) for name, hint in _hints(LiveOptions))
    yield table("parameter", "refused on `/v1/listen`", rows=(row for row in refused if row[1]))
    yield "## Models"
    served = ", ".join(f"`{name}`" for name in NAMES if not isinstance(_plan({"model": name}), Exception))
    yield (
        f"The API's own names ({served} and the like) are served by the first model that is installed and knows the "
        "language, so that programs need no change; `SONANT_ALIASES` changes which. `metadata.model_info` of the "
        "answer says which model it was, and a warning of type `substituted_model` that it is not the one named."
    )
    yield from spoken_names()
    yield "## Warnings\n\nThe answer has them in `metadata.warnings`, each with `parameter`, `type` and `message`."
    source = inspect.getsource(advice) + inspect.getsource(plan)
    found = ((f"`{kind}`", text) for kind, text in WARNINGS.items() if f'"{kind}"' in source)
    yield table("type", "meaning", rows=found)
    yield "## Refusals\n\nA value that [the options](options.md) do not allow is refused with 400. Here also:"
    yield table("asked", "status", "message", rows=_refused())


def spoken_names() -> Iterator[str]:
    """Which voice answers to which of the API's names, with those that come with the engine."""
    from sonant.engine.models.casting import VoiceCatalog
    from sonant.engine.models.personas import PERSONAS, family_of
    from sonant.engine.models.voices import HEART

    yield "## Voices\n\nOf those that come with the engine; `SONANT_VOICES` and `SONANT_VOICE_ALIASES` change it."
    catalog = VoiceCatalog(HEART)
    answered = {name: catalog.resolve(name, family_of(name)).name for name in PERSONAS if name.endswith("-en")}
    rows = ((f"`{v.name}`", ", ".join(f"`{name}`" for name in answered if answered[name] == v.name)) for v in HEART)
    yield table("voice", "answers to", rows=rows)


def _hints(spec: type) -> Iterator[tuple[str, Any]]:
    yield from get_type_hints(spec, include_extras=True).items()


def _plan(options: Any) -> Any:
    """The engine's plan for options, or its refusal."""
    from sonant.engine.listen.plan import make_plan
    from sonant.engine.models.catalog import Catalog
    from sonant.engine.models.entries import BASE, TINY_EN
    from sonant.engine.refusals import Refusal

    try:
        return make_plan(options, (), Catalog([TINY_EN, BASE]))
    except Refusal as refusal:
        return refusal


def _live_refusal(options: Any) -> str:
    """Why a stream is refused; empty if it is not, or if a recording would be too."""
    from sonant.engine.listen.liveplan import make_live_plan
    from sonant.engine.models.catalog import Catalog
    from sonant.engine.models.entries import BASE, TINY_EN
    from sonant.engine.refusals import Refusal

    try:
        make_live_plan(options, {}, Catalog([TINY_EN, BASE]), request_id="", created="")
    except Refusal as refusal:
        return "" if isinstance(_plan(options), Exception) else str(refusal)
    return ""


def _treatment(name: str, hint: Any) -> tuple[str, str]:
    """What becomes of a parameter, and what is to be said about it."""
    from sonant.engine.listen.advice import APPROXIMATED

    plan = _plan(SAMPLES.get(name) or {name: _sample(hint)})
    if isinstance(plan, Exception):
        return "refused", str(plan)
    said = next((warning for warning in plan.warnings if warning.parameter == name), None)
    if said is not None and said.type == "unsupported_parameter":
        return "warned", ""
    how = APPROXIMATED.get(name) or (said.message if said else "")
    return ("approximated" if how else "supported"), how


def _sample(hint: Any) -> Any:
    """A value that asks for something."""
    for value in (True, 2, 1.5, *choices(hint), "some", ["some"]):
        with suppress(ValidationError):
            return convert(value, hint)
    raise TypeError(f"no sample for {hint}")


def _refused() -> Iterator[tuple[str, ...]]:
    for asked in REFUSALS:
        refusal = _plan(asked)
        if isinstance(refusal, Exception):
            query = "&".join(f"{name}={str(value).lower()}" for name, value in asked.items())
            yield f"`{query}`", str(vars(refusal)["fault"].status), str(refusal)


def captions_page() -> Iterator[str]:
    """Captions."""
    from sonant import captions

    yield f"# Captions\n\n{captions.__doc__}"
    yield from (function(f"sonant.captions.{made.__name__}", made, 2) for made in (captions.webvtt, captions.srt))
    yield f"## `Converter`\n\n{prose(captions.Converter.__doc__)}"
    yield function("get_lines", captions.Converter.get_lines)
    yield f"## `CaptionError`\n\n{captions.CaptionError.__doc__}"


def cli_page() -> Iterator[str]:
    """The command line."""
    from sonant.cli import app

    yield f"# The command `sonant`\n\n{app.HELP}"
    for command in app.COMMANDS:
        yield f"## `sonant {command.__name__}`\n\n{_before_args(command)}"
        if inspect.signature(command).parameters:
            yield table("argument", "values", "what it is", rows=_flags(command))
        for one in app.BELOW.get(command, ()):
            yield f"### `sonant {command.__name__} {one.__name__}`\n\n{_before_args(one)}"
            yield table("argument", "values", "what it is", rows=_flags(one))
    for name, (about, commands) in app.GROUPS.items():
        yield f"## `sonant {name}`\n\n{about}"
        for word, command in commands.items():
            yield f"### `sonant {name} {word}`\n\n{_before_args(command)}"
            yield table("argument", "values", "what it is", rows=_flags(command))


def _before_args(command: Any) -> str:
    return inspect.cleandoc(command.__doc__).split("\nArgs:")[0].strip()


def _flags(command: Any) -> Iterator[tuple[str, ...]]:
    texts = dict(_argument_texts(command))
    for name, parameter in inspect.signature(command).parameters.items():
        hint, more = _unwrap(parameter.annotation)
        if more and more.name == ("*",):
            yield from _spread(hint)
            continue
        names = more.name if more and more.name else (f"--{name.replace('_', '-')}",)
        shown = name.upper() if parameter.kind is parameter.POSITIONAL_ONLY else ", ".join(f"`{n}`" for n in names)
        yield shown, "" if hint is bool else show(hint).removesuffix(" or None"), texts.get(name, "")


def _spread(hint: Any) -> Iterator[tuple[str, ...]]:
    """The flags that stand for the fields of a class."""
    flags = next(member for member in get_args(hint) or (hint,) if member is not type(None))
    for field, annotated in get_type_hints(flags, include_extras=True).items():
        kind, more = _unwrap(annotated)
        flag = more.name[0].removeprefix("--") if more.name else field.replace("_", "-")
        names = f"`--{flag}`, `--no-{flag}`" if kind is bool and more.negative is None else f"`--{flag}`"
        yield names, "may be repeated" if get_origin(kind) is list else "", more.help


def _unwrap(hint: Any) -> tuple[Any, Any]:
    return (get_args(hint)[0], hint.__metadata__[0]) if get_origin(hint) is Annotated else (hint, None)


def _argument_texts(command: Any) -> Iterator[tuple[str, str]]:
    _, _, listed = inspect.cleandoc(command.__doc__).partition("Args:\n")
    for line in listed.splitlines():
        name, _, text = line.strip().partition(": ")
        yield name, text


PAGES = {
    "client": client_page,
    "options": options_page,
    "results": results_page,
    "errors": errors_page,
    "captions": captions_page,
    "cli": cli_page,
    "engine": engine_page,
    "engine-parameters": parameters_page,
}


def texts() -> Iterator[tuple[Path, str]]:
    """All that is written, and where."""
    from sonant.engine.api.conversations import encode_sockets
    from sonant.engine.api.description import encode_description

    for name, page in PAGES.items():
        yield REFERENCE / f"{name}.md", "\n\n".join(part.strip() for part in [NOTE, *page()] if part) + "\n"
    yield SPEC / "openapi.json", encode_description().decode()
    yield SPEC / "asyncapi.json", encode_sockets().decode()


def main(arguments: list[str]) -> int:
    """Write the pages and the descriptions, or compare them with what is there."""
    drifted: list[str] = []
    for path, text in texts():
        if "--check" not in arguments:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            drifted.append(path.name)
    if drifted:
        print(f"{', '.join(drifted)} differ from the code; run `make docs` and commit them.")
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
