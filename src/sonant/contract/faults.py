"""Error bodies, codes and statuses: one table that both sides read.

The engine refuses with these entries; the client reads error bodies of every shape and finds the entry's hint.
"""

from typing import Any, Literal, cast

import msgspec
from msgspec import Struct

Shape = Literal["legacy", "nameless", "odd", "modern", "text"]
"""`nameless` is legacy without a request id, `odd` calls its code `error_code`."""


class Fault(Struct, frozen=True):
    """One way in which a request can fail."""

    status: int
    code: str
    message: str
    """The wire's literal text; `{detail}` stands for what differs from case to case."""
    hint: str = ""
    """What a user can do about it."""
    shape: Shape = "legacy"


def _bad(message: str, hint: str = "", code: str = "Bad Request") -> Fault:
    return Fault(400, code, message, hint)


_CHECK_QUERY = "Check the option's name, type and value."
_CHECK_URL = "Give a public http(s) URL that serves the media itself, or send the bytes."

JSON_UNUSABLE = _bad(
    "Content-type was application/json, but we could not process the JSON payload.",
    'Send {"url": "https://..."} as JSON, or media bytes under another content type.',
)
CORRUPT_AUDIO = _bad(
    "Bad Request: failed to process audio: corrupt or unsupported data",
    "Play the file locally. Headerless audio needs `encoding` and `sample_rate`.",
)
NO_SUCH_MODEL = _bad(
    "Bad Request: No such model/language/tier combination found.",
    "`models.get_all()` lists the models there are and their languages.",
)
NO_SUCH_VERSION = _bad(
    "Bad Request: No such model/version combination found.",
    "`models.get_all()` lists the models there are and their versions.",
)
BAD_QUERY = _bad("Failed to deserialize query parameters: {detail}", _CHECK_QUERY, code="INVALID_QUERY_PARAMETER")
UNKNOWN_QUERY = _bad("unknown query parameter: {detail}", _CHECK_QUERY, code="INVALID_QUERY_PARAMETER")
UNKNOWN_QUERIES = _bad("Unknown query parameters: {detail}", _CHECK_QUERY, code="INVALID_QUERY_PARAMETER")
UNSUPPORTED_FORMAT = _bad("Unsupported audio format: {detail}", _CHECK_QUERY, code="INVALID_QUERY_PARAMETER")
BAD_CALLBACK = _bad(
    "Invalid callback url.",
    "Give an absolute http(s) URL of a public address; for a live stream also ws(s), where somebody listens.",
    code="INVALID_QUERY_PARAMETER",
)
NO_TEXT = _bad("Input text contains no characters.")
TEXT_OR_URL = _bad(
    "Failed to deserialize JSON payload. Please specify exactly one of `text` or `url` in the JSON body.",
    code="PAYLOAD_ERROR",
)
BAD_BODY_URL = _bad("Failed to parse URL in JSON body.", _CHECK_URL, code="PAYLOAD_ERROR")
BAD_UTF8 = _bad("Failed to decode payload as UTF-8.", code="PAYLOAD_ERROR")


def _remote(message: str) -> Fault:
    return _bad(message, _CHECK_URL, code="REMOTE_CONTENT_ERROR")


REMOTE_TEXT = _remote(
    "Failed to deserialize remote text data. Please provide `application/json` with a `text` field or `text/plain`."
)
REMOTE_PRIVATE = _remote("URL for media download must be publicly routable.")
REMOTE_UNRESOLVED = _remote("Could not determine if URL for media download is publicly routable.")
REMOTE_BAD_URI = _remote("Could not parse URL as a URI.")
REMOTE_NO_LOCATION = _remote(
    "The remote server hosting the media failed to include a `location` header in its redirect response."
)
REMOTE_BAD_LOCATION_TEXT = _remote("Could not parse remote media server's redirect location as a valid UTF-8 string.")
REMOTE_BAD_LOCATION = _remote("Could not parse remote media server's redirect location as a URL.")
REMOTE_STATUS = _remote("The remote server hosting the media returned a client error: {detail}.")
REMOTE_NO_DATA = _remote("The remote server hosting the media failed to return valid data.")
REMOTE_REDIRECTS = _remote("The remote server hosting the media returned too many redirects.")

TOO_MUCH_KEPT = _bad("Bad Request: a project keeps at most {detail}.", "Delete what is not needed any more.")
NOT_KEPT = _bad(
    "Bad Request: this cannot be kept, or another caller has just changed the same.", "Look at it again, then retry."
)
INVALID_JSON = Fault(
    400, "INVALID_JSON", "Invalid JSON submitted.", "The details say which field, and what is wrong with it.", "modern"
)
EXPIRY_TWICE = _bad(
    "Only one of `expiration_date` and `time_to_live_in_seconds` may be given.", "Leave one of the two out."
)
EXPIRY_PAST = _bad("`expiration_date` is in the past.", "Give a time to come, with its zone.")
UNKNOWN_SCOPE = _bad("Unknown scope: {detail}.", "Give a role (`owner`, `admin`, `member`), or scopes as `usage:read`.")
LAST_OWNER = _bad("A project needs an owner.", "Make another member the owner first, or delete the project.")
ALREADY_MEMBER = _bad(
    "There is already a member {detail}.", "`manage.get_project_members(project_id)` lists the members."
)
ALREADY_INVITED = _bad("There is already an invitation to {detail}.", "Delete the invitation to send another.")
VARIABLE_EXISTS = _bad(
    "There is already a variable {detail}.", "`manage.update_project_agent_variable` changes its value."
)
SUMMARIZE_LANGUAGE = _bad("Summarization v2 not supported for non-English languages")
SUMMARIZE_V1 = _bad(
    "To use the summarize feature, please use 'summarize=true' or 'summarize=v2'. "
    "The 'summarize=v1' parameter is deprecated."
)
SUMMARIZE_STREAM = _bad("Summarization is not available for streaming.")
DIARIZE_TWICE = _bad("diarize_model cannot be used together with diarize or diarize_version.")
KEYTERM_LIMIT = _bad("Keyterm limit exceeded", "All keyterms together may have 500 tokens.")
NO_FEATURE = _bad(
    "Request did not enable any features. Please enable at least one feature. "
    "Available features: `summarize`, `topics`, `intents`, `sentiment`."
)
READ_LANGUAGE = _bad("Request specified unsupported language: {detail}. Only English is supported.")
NOTHING_TO_SAY = _bad(
    "Input text contains nothing that the voice can speak: {detail}.",
    "Write it in words of the voice's language; `models.get_all()` lists the voices and their languages.",
)
NO_VOICE = _bad(
    "Bad Request: No voice that speaks `{detail}` is installed.",
    "`models.get_all()` lists the voices and their languages; `sonant models pull voices` brings more.",
)


def _control(code: str, message: str, hint: str = "") -> Fault:
    return _bad(message, hint, code=code)


SPEED_OUT_OF_RANGE = _control("SPEED_OUT_OF_RANGE", "'speed' must be between {detail}")
SPEED_INCREMENT_INVALID = _control("SPEED_INCREMENT_INVALID", "'speed' must be provided in increments of {detail}")
EXPRESSIVITY_OUT_OF_RANGE = _control("EXPRESSIVITY_OUT_OF_RANGE", "'expressivity' must be between {detail}")
EXPRESSIVITY_INCREMENT_INVALID = _control("EXPRESSIVITY_INCREMENT_INVALID", "'expressivity' must be a whole number")
CONTROL_COMBINATION_INVALID = _control(
    "CONTROL_COMBINATION_INVALID", "Pronunciations cannot be combined with {detail}", "Send them in two requests."
)
PAUSE_SPEED_CAP_EXCEEDED = _control(
    "PAUSE_SPEED_CAP_EXCEEDED", "With a pause in the text 'speed' must be at most {detail}"
)
BREAK_OUT_OF_RANGE = _control("BREAK_OUT_OF_RANGE", "A pause must be between {detail} milliseconds long")
BREAK_INCREMENT_INVALID = _control(
    "BREAK_INCREMENT_INVALID", "A pause must be provided in increments of {detail} milliseconds"
)
BREAKS_LIMIT_EXCEEDED = _control("BREAKS_LIMIT_EXCEEDED", "A text may have at most {detail} pauses")
BREAK_SYNTAX_INVALID = _control(
    "BREAK_SYNTAX_INVALID", "Invalid pause: {detail}", r"Write `\{pause:500ms\}`, with words between two pauses."
)
PRONUNCIATIONS_LIMIT_EXCEEDED = _control(
    "PRONUNCIATIONS_LIMIT_EXCEEDED", "A text may have at most {detail} pronunciations"
)
PRONUNCIATION_SYNTAX_INVALID = _control(
    "PRONUNCIATION_SYNTAX_INVALID",
    "Invalid pronunciation: {detail}",
    r'Write `\{"word":"x","pronounce":"<IPA>"\}`.',
)
TOKEN_LIMIT = _bad(
    "Text input for {detail} currently supports up to 150K tokens. "
    "Please revise your text input to fit within the defined token limit. "
    "For more information, please visit our API documentation.",
    code="TOKEN_LIMIT_EXCEEDED",
)
INVALID_AUTH = Fault(
    401,
    "INVALID_AUTH",
    "Invalid credentials.",
    "Check the key and that it belongs to this service; keys go as `Token`, temporary tokens as `Bearer`.",
)
ROLE_TOO_LOW = Fault(
    401,
    "INSUFFICIENT_PERMISSIONS",
    "User does not have sufficient permissions.",
    "Use a key with a higher role or more scopes.",
)
NO_CREDITS = Fault(
    402,
    "ASR_PAYMENT_REQUIRED",
    "Project does not have enough credits for an ASR request and does not have an overage agreement.",
    "Add credits to the project, or run the engine on this machine: `DeepgramClient.local()`.",
)
SPENDING_LIMIT = Fault(
    402,
    "ASR_PAYMENT_REQUIRED",
    "The project has reached its spending limit of {detail} for this month.",
    "Have whoever runs the service raise the limit, or wait for the next month.",
)
MODEL_NOT_ALLOWED = Fault(
    403,
    "INSUFFICIENT_PERMISSIONS",
    "Project does not have access to the requested model.",
    "Check the model's spelling; `manage.get_all_models(project_id)` lists what the project may use.",
)
FEATURE_NOT_ALLOWED = Fault(
    403,
    "UNAUTHORIZED_FEATURES_REQUESTED",
    "Project does not have access to the requested feature/s {detail}.",
    "Leave the feature out, or have it enabled for the project.",
)
FORBIDDEN = Fault(403, "FORBIDDEN", "Insufficient permissions.", "Use a key of role Member or above.")
FOREIGN_CALLER = Fault(
    403,
    "FOREIGN_CALLER",
    "Without keys, this engine serves only programs of its own machine.",
    "Call it as `localhost` or `127.0.0.1`, or set SONANT_API_KEYS where it runs.",
)
BAD_UUID = Fault(404, "", "UUID parsing failed: {detail}", "Project ids are UUIDs.", shape="text")
PROJECT_NOT_FOUND = Fault(
    404, "PROJECT_NOT_FOUND", "Project not found.", "`manage.get_projects()` lists the key's projects.", "nameless"
)
NOT_FOUND = Fault(404, "NOT_FOUND", "Not found.", "Check the base URL and its path.")
KEY_NOT_FOUND = Fault(
    404, "NOT_FOUND", "Key not found.", "`manage.get_project_keys(project_id)` lists the keys and their ids."
)
MEMBER_NOT_FOUND = Fault(
    404, "NOT_FOUND", "Member not found.", "`manage.get_project_members(project_id)` lists the members and their ids."
)
INVITE_NOT_FOUND = Fault(
    404, "NOT_FOUND", "Invite not found.", "`manage.get_project_invites(project_id)` lists the invitations."
)
REQUEST_NOT_FOUND = Fault(
    404, "NOT_FOUND", "Request not found.", "`manage.get_project_usage_requests(project_id)` lists what is kept."
)
BALANCE_NOT_FOUND = Fault(
    404, "NOT_FOUND", "Balance not found.", "`manage.get_project_balances(project_id)` lists the balances."
)
CREDENTIALS_NOT_FOUND = Fault(
    404, "NOT_FOUND", "Credentials not found.", "`selfhosted.list_credentials(project_id)` lists what there is."
)
AGENT_NOT_FOUND = Fault(
    404, "NOT_FOUND", "Agent not found.", "`manage.get_project_agents(project_id)` lists the agents."
)
VARIABLE_NOT_FOUND = Fault(
    404, "NOT_FOUND", "Variable not found.", "`manage.get_project_agent_variables(project_id)` lists the variables."
)
MODEL_NOT_FOUND = Fault(404, "NOT_FOUND", "Model not found.", "`models.get_all()` lists models and their ids.")
WRONG_METHOD = Fault(405, "METHOD_NOT_ALLOWED", "Method not allowed.")
UPLOAD_TIMEOUT = Fault(
    408,
    "Request Timeout",
    "The request body did not arrive in time.",
    "Send the recording faster, or in parts.",
)
NOT_MANAGED = Fault(
    404,
    "NOT_MANAGED",
    "This engine keeps no projects.",
    "Set SONANT_DATA where it runs; see docs/howto/share-the-engine.md.",
)
LENGTH_REQUIRED = Fault(411, "Length Required", "Length required.", "Give a path or bytes, whose length is known.")
BODY_TOO_LARGE = Fault(413, "PAYLOAD_TOO_LARGE", "Payload size exceeds limit of {detail}.", "Send less at once.")
TEXT_TOO_LONG = Fault(
    413, "Payload Too Large", "Input text exceeds maximum character limit of {detail}.", "Split the text."
)
URI_TOO_LONG = Fault(414, "URI Too Long", "URI too long.", "Ask with fewer or shorter terms.")
UNSUPPORTED_MEDIA = Fault(
    415,
    "UNSUPPORTED_MEDIA_TYPE",
    "`Content-Type` header is not supported. `Content-Type` must be either `text/plain` or `application/json`.",
)
TOO_MANY_REQUESTS = Fault(
    429,
    "TOO_MANY_REQUESTS",
    "Too many requests. Please try again later",
    "Send fewer requests at once.",
)
TOO_MANY_SPEAK = Fault(429, "Too Many Requests", "Please try again later.", "Send fewer requests at once.")
CLIENT_CLOSED = Fault(499, "Client Closed Request", "The client closed the request.")
INTERNAL = Fault(500, "INTERNAL_SERVER_ERROR", "Internal server error.", "Report it with the request id.")
BAD_GATEWAY = Fault(502, "Bad Gateway", "Bad gateway.", "Try again in a while.")
UNAVAILABLE = Fault(503, "Service Unavailable", "Please try again later", "Try again in a while.", "odd")
TOO_SLOW = Fault(
    504,
    "Gateway Timeout",
    "Processing took longer than {detail}.",
    "Send shorter recordings, or use a callback.",
)
STORAGE_FULL = Fault(
    507, "INSUFFICIENT_STORAGE", "No space left to receive the recording.", "Free disk space on the server."
)

FAULTS: tuple[Fault, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Fault))
"""The whole catalogue."""


class FaultBody(Struct, frozen=True, omit_defaults=True):
    """An error body, whichever of its shapes it had."""

    err_code: str = ""
    err_msg: str = ""
    request_id: str = ""
    details: str = ""


def encode_fault(fault: Fault, request_id: str, *, detail: str = "") -> bytes:
    """The error body of a fault; `detail` fills the gap in its message, or a modern body's `details`."""
    message = fault.message.replace("{detail}", detail)
    if fault.shape == "text":
        return message.encode()
    if fault.shape == "modern":
        return msgspec.json.encode(
            {"category": fault.code, "message": message, "details": detail, "request_id": request_id}
        )
    body = {"error_code" if fault.shape == "odd" else "err_code": fault.code, "err_msg": message}
    return msgspec.json.encode(body if fault.shape == "nameless" else {**body, "request_id": request_id})


def decode_fault(raw: bytes) -> FaultBody:
    """An error body of any shape; of something else, its text as the message. Never raises."""
    try:
        data: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return FaultBody(err_msg=raw[:2000].decode("utf-8", "replace").strip())
    if not isinstance(data, dict):
        return FaultBody(err_msg=str(data)[:2000])
    data = cast("dict[str, Any]", data)
    return FaultBody(
        err_code=_first(data, "err_code", "error_code", "category", "code"),
        err_msg=_first(data, "err_msg", "msg", "message", "error_description", "error", "description")
        or raw[:2000].decode("utf-8", "replace"),
        request_id=_first(data, "request_id"),
        details=_first(data, "details"),
    )


def _first(data: dict[str, Any], *names: str) -> str:
    return next((str(data[name]) for name in names if data.get(name)), "")


_GENERAL = {
    fault.status: fault.hint
    for fault in (INVALID_AUTH, NO_CREDITS, NOT_FOUND, BODY_TOO_LARGE, TOO_MANY_REQUESTS, INTERNAL, UNAVAILABLE)
}
"""What to advise where a status says all that is known."""


def find_hint(status: int, body: FaultBody) -> str:
    """What the catalogue advises for this very message, else for its code, else for its status."""
    same = [fault for fault in FAULTS if fault.status == status and fault.hint]
    said = [fault.hint for fault in same if body.err_msg.startswith(fault.message.partition("{")[0])]
    coded = {fault.hint for fault in same if fault.code == body.err_code}
    if said or len(coded) == 1:
        return next(iter(said or coded))
    return _GENERAL.get(status, "")
