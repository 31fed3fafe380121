"""An answer that is no success becomes an error that says what to do."""

from __future__ import annotations

from urllib.parse import urlsplit

from sonant.client.call import HttpResponse
from sonant.client.config import hide_password
from sonant.client.errors import ApiError, api_error_type
from sonant.client.retry import LONGEST_WAIT
from sonant.contract import faults
from sonant.contract.wire import find_request_id


def refusal(response: HttpResponse, retry_after: float | None = None, *, path: str = "") -> ApiError:
    """The error in an unsuccessful response.

    Args:
        response: the answer.
        retry_after: seconds that it asks to wait.
        path: what was asked for, behind the base URL.
    """
    body = faults.decode_fault(response.body)
    code = "" if body.err_msg.startswith(body.err_code) else body.err_code
    title = f"{response.status} {code}".strip()
    location = _location(response)
    reason = f"a redirect to {location}, which is not followed." if location else body.err_msg
    message = f"{title}: {reason}" if reason else title
    details = "" if location else body.details
    hint = _redirect_hint(location, path) if location else faults.find_hint(response.status, body)
    error = api_error_type(response.status)(
        f"{message} {details}".strip(),
        hint=f"{hint} {_wait_hint(retry_after)}".strip(),
        status=response.status,
        code=body.err_code,
        request_id=find_request_id(response.headers) or body.request_id or None,
        headers=response.headers,
        body=response.body,
    )
    error.retry_after = retry_after
    return error


def _wait_hint(retry_after: float | None) -> str:
    if retry_after is None or retry_after <= LONGEST_WAIT:
        return ""
    return f"It asks to wait {retry_after:g} s, which is longer than the client waits by itself."


def _location(response: HttpResponse) -> str:
    """Where a redirect leads, without user and password; empty if it is none."""
    location = response.headers.get("location", "") if 300 <= response.status < 400 else ""
    scheme, found, rest = location.partition("//")
    return f"{scheme}//{hide_password(rest)}" if found and "?" not in scheme else location


def _redirect_hint(location: str, path: str) -> str:
    parts = urlsplit(location)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    if scheme not in {"http", "https"}:
        return "See that base_url is the address of the API itself."
    before = parts.path.removesuffix("/").removesuffix(path) if path else ""
    prefix = "" if before == parts.path.removesuffix("/") else before
    return f"If the service has moved there, set base_url to {scheme}://{parts.netloc}{prefix}."
