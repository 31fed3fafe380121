"""One delivery of a result to its receiver."""

from pyreqwest.exceptions import PyreqwestError

from sonant.contract.faults import BAD_CALLBACK
from sonant.engine.callbacks.store import Promise, Result
from sonant.engine.outbound import open_client, split_url
from sonant.engine.refusals import Refusal
from sonant.engine.settings import Settings

ATTEMPT = "sonant-callback-attempt"
"""Header with the number of the delivery, from 1. A higher number says that an earlier one may have arrived."""


async def check_receiver(url: str, settings: Settings) -> None:
    """See that a URL may be called at all.

    Raises:
        Refusal: it is not an absolute http(s) URL, or its host has no address, or one that is not public.
    """
    parts = split_url(url, BAD_CALLBACK)
    try:
        client = await open_client(parts, allow_private=settings.allow_private_urls, seconds=settings.callback_seconds)
    except Refusal as refusal:
        raise Refusal(BAD_CALLBACK) from refusal
    await client.close()


async def deliver(promise: Promise, result: Result, attempt: int, settings: Settings) -> str:
    """Send a result once; empty if the receiver took it, else why not."""
    headers = {"content-type": result.content_type, "dg-request-id": promise.request_id, ATTEMPT: str(attempt)}
    if promise.key_id:
        headers["dg-token"] = promise.key_id
    try:
        url = split_url(promise.callback, BAD_CALLBACK)
        client = await open_client(url, allow_private=settings.allow_private_urls, seconds=settings.callback_seconds)
    except Refusal as refusal:
        return str(refusal)
    async with client:
        request = client.request(promise.method, url.geturl()).headers(headers).body_bytes(result.body)
        try:
            status = (await request.build().send()).status
        except PyreqwestError as error:
            return type(error).__name__
    return "" if 200 <= status < 300 else f"status {status}"
