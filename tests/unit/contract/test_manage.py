"""What management says on the wire: both shapes that services send, times, and secrets that stay unseen."""

import io
import json
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from rich.console import Console

from sonant.contract import codec, query
from sonant.contract.auth import AccessToken, Grant, TokenDetails
from sonant.contract.manage.agents import Agent, VariableCreation
from sonant.contract.manage.billing import BalanceList, BillingBreakdown, BillingFields, BillingOptions
from sonant.contract.manage.filters import RequestListOptions, UsageOptions
from sonant.contract.manage.keys import ApiKey, KeyDetails, KeyList, KeyMember, NewKey
from sonant.contract.manage.members import ScopeUpdated
from sonant.contract.manage.usage import Usage, UsageBreakdown, UsageRequestList
from sonant.contract.selfhosted import Credentials
from sonant.contract.wire import Done

MEMBER = {"member_id": "m-1", "email": "ada@example.com"}
API_KEY = {"api_key_id": "k-1", "comment": "for ci", "scopes": ["member"], "created": "2025-01-31T12:00:00.250Z"}
SECRET = "canary0123456789"


@pytest.mark.parametrize(
    "body",
    [
        {"item": {"member": {**MEMBER, "api_key": API_KEY}}},
        {"member": MEMBER, "api_key": API_KEY},
        {"member": {**MEMBER, "api_key": API_KEY}},
        {"item": {"member": {**MEMBER, "api_key": API_KEY}}, "member": MEMBER, "api_key": API_KEY},
    ],
    ids=["published", "hosted", "nested", "both"],
)
def test_a_key_reads_alike_in_every_shape(body: Any) -> None:
    reply = codec.decode_reply(json.dumps(body).encode(), KeyDetails)
    assert reply.oddities == ()
    assert (reply.member.member_id, reply.member.email) == ("m-1", "ada@example.com")
    assert (reply.api_key.api_key_id, reply.api_key.scopes) == ("k-1", ["member"])
    assert reply.api_key.created == datetime(2025, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)
    assert reply.item is not None
    assert reply.item.member.api_key == reply.api_key


def test_whoever_makes_a_key_in_one_shape_sends_both() -> None:
    reply = KeyDetails(member=KeyMember("m-1"), api_key=ApiKey("k-1", scopes=["owner"]))
    key = {"api_key_id": "k-1", "scopes": ["owner"]}
    assert json.loads(codec.encode(reply)) == {
        "item": {"member": {"member_id": "m-1", "api_key": key}},
        "member": {"member_id": "m-1"},
        "api_key": key,
    }
    assert pickle.loads(pickle.dumps(reply)) == reply


@pytest.mark.parametrize("entry", [{"member": MEMBER, "api_key": API_KEY}, {"member": {**MEMBER, "api_key": API_KEY}}])
def test_listed_keys_read_alike_in_every_shape(entry: Any) -> None:
    reply = codec.decode_reply(json.dumps({"api_keys": [entry]}).encode(), KeyList)
    assert reply.oddities == ()
    assert (reply.api_keys[0].api_key.comment, reply.api_keys[0].member.member_id) == ("for ci", "m-1")


@pytest.mark.parametrize(
    "reply", [NewKey("k-1", SECRET, "for ci", ["member"]), AccessToken(SECRET, 30)], ids=["key", "token"]
)
def test_what_is_shown_once_is_not_shown_by_repr(reply: Any) -> None:
    with Console(file=io.StringIO()) as console:
        console.print(reply, [reply])
    shown = f"{reply!r} {reply} {[reply]} {console.file.getvalue()}"  # type: ignore[attr-defined]
    assert "..." in shown
    assert SECRET not in shown
    assert SECRET in codec.encode(reply).decode()


def test_messages_are_told_or_not() -> None:
    assert codec.decode_reply(b'{"message":"Deleted."}', Done).message == "Deleted."
    assert codec.decode_reply(b"{}", Done).message is None
    assert codec.decode_reply(b'{"message":"Ok","scopes":["admin"]}', ScopeUpdated).scopes == ["admin"]


def test_a_request_of_any_service_decodes() -> None:
    rows: list[Any] = [
        {"request_id": "a", "response": None, "callback": None},
        {"request_id": "b", "response": {}, "code": 200, "callback": "https://me/hook", "unheard": 1},
        {
            "request_id": "c",
            "created": "2025-01-31T12:00:00Z",
            "response": {
                "code": 200,
                "details": {"usd": 0.01, "duration": 12.5, "models": ["u-1"], "config": {"x": 1}},
            },
            "callback": {"attempts": 2, "code": 200, "completed": "2025-01-31T12:00:01+01:00"},
        },
    ]
    reply = codec.decode_reply(json.dumps({"page": 0, "limit": 10, "requests": rows}).encode(), UsageRequestList)
    assert reply.oddities == ()
    first, second, third = reply.requests
    assert (first.response, first.callback, second.callback) == (None, None, "https://me/hook")
    assert third.response is not None
    assert third.response.details is not None
    assert third.response.details.duration == 12.5
    assert getattr(third.callback, "attempts", None) == 2


def test_usage_decodes_with_and_without_results() -> None:
    span = {"start": "2025-01-01", "end": "2025-01-31", "resolution": {"units": "day", "amount": 1}}
    bare = codec.decode_reply(json.dumps(span).encode(), Usage)
    assert (bare.start, bare.end, bare.results) == (date(2025, 1, 1), date(2025, 1, 31), [])
    row = {"start": "2025-01-01", "end": "2025-01-02", "hours": 1.5, "total_hours": 2, "requests": 3}
    more = {"tokens": {"in": 5, "out": 6}, "tts": {"characters": 7}}
    full = codec.decode_reply(json.dumps({**span, "results": [row, {**row, **more}]}).encode(), Usage)
    assert full.oddities == ()
    assert full.results[0].tokens is None
    assert full.results[1].tokens is not None
    assert (full.results[1].tokens.read, full.results[1].tokens.written) == (5, 6)
    assert json.loads(codec.encode(full))["results"][1] == {**row, **more}


def test_what_is_not_told_apart_is_null_on_the_wire() -> None:
    numbers = dict.fromkeys(
        ["hours", "total_hours", "agent_hours", "tokens_in", "tokens_out", "tts_characters", "requests"], 0
    )
    names = ["accessor", "endpoint", "feature_set", "models", "method", "tags", "deployment"]
    body: Any = {
        "start": "2025-01-01",
        "end": "2025-01-31",
        "resolution": {"units": "day", "amount": 1},
        "results": [{**numbers, "grouping": {**dict.fromkeys(names), "method": "sync"}}],
    }
    reply = codec.decode_reply(json.dumps(body).encode(), UsageBreakdown)
    assert reply.oddities == ()
    assert json.loads(codec.encode(reply)) == body
    body["results"] = [{"dollars": 0.5, "grouping": dict.fromkeys(["accessor", "deployment", "line_item", "tags"])}]
    assert json.loads(codec.encode(codec.decode_reply(json.dumps(body).encode(), BillingBreakdown))) == body


def test_money_decodes() -> None:
    balances = codec.decode_reply(b'{"balances":[{"balance_id":"b","amount":10,"units":"USD"}]}', BalanceList)
    assert balances.balances[0].amount == 10.0
    fields = codec.decode_reply(b'{"line_items":{"streaming::nova-3":"Nova - 3 (Stream)"}}', BillingFields)
    assert fields.line_items["streaming::nova-3"] == "Nova - 3 (Stream)"


@pytest.mark.parametrize("config", [{"listen": {}}, '{"listen": DG_LISTEN}'])
def test_an_agent_is_json_or_a_text_with_names_in_it(config: Any) -> None:
    reply = codec.decode_reply(json.dumps({"agent_id": "a", "config": config}).encode(), Agent)
    assert (reply.config, reply.oddities) == (config, ())


def test_credentials_decode_when_made_and_when_deleted() -> None:
    made = {"member": MEMBER, "distribution_credentials": {"distribution_credentials_id": "c", "scopes": ["x"]}}
    reply = codec.decode_reply(json.dumps(made).encode(), Credentials)
    assert (reply.distribution_credentials.distribution_credentials_id, reply.oddities) == ("c", ())
    assert codec.decode_reply(b'{"message":"gone"}', Credentials).oddities == ()


def test_a_token_tells_its_key() -> None:
    reply = codec.decode_reply(b'{"api_key_id":"k","scopes":["owner"],"created":"2025-01-31T12:00:00Z"}', TokenDetails)
    assert (reply.api_key_id, reply.member, reply.oddities) == ("k", None, ())
    assert codec.encode(Grant()) == b"{}"


def test_a_value_of_null_is_a_value() -> None:
    assert json.loads(codec.encode(VariableCreation("DG_X", None))) == {"key": "DG_X", "value": None}


NOON = datetime(2025, 1, 31, 12, 0, 0, 999, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("given", "sent", "read"),
    [
        (NOON, "2025-01-31T12:00:00+01:00", NOON.replace(microsecond=0)),
        (NOON.replace(tzinfo=None), "2025-01-31T12:00:00", NOON.replace(tzinfo=None, microsecond=0)),
        (date(2025, 1, 31), "2025-01-31", date(2025, 1, 31)),
        ("2025-01-31", "2025-01-31", date(2025, 1, 31)),
        ("2025-01-31T12:00:00Z", "2025-01-31T12:00:00+00:00", datetime(2025, 1, 31, 12, tzinfo=UTC)),
    ],
)
def test_a_time_travels_to_the_second(given: Any, sent: str, read: date) -> None:
    text = query.build({"start": given}, RequestListOptions)
    assert text == "start=" + sent.replace(":", "%3A").replace("+", "%2B")
    assert query.parse(text, RequestListOptions) == ({"start": read}, [])


@pytest.mark.parametrize("given", [date(2025, 1, 31), NOON, "2025-01-31", "2025-01-31T23:00:00Z"])
def test_a_day_travels_as_a_day(given: Any) -> None:
    assert query.build({"end": given}, UsageOptions) == "end=2025-01-31"
    assert query.parse("end=2025-01-31", UsageOptions) == ({"end": date(2025, 1, 31)}, [])


@pytest.mark.parametrize("given", ["yesterday", "2025-13-01", "", 5, 2025.5, ["2025-01-31"]])
def test_what_is_no_date_is_refused(given: Any) -> None:
    for spec in (UsageOptions, RequestListOptions):
        with pytest.raises(query.BadOption, match=r"is no date such as 2025-01-31"):
            query.check({"start": given}, spec)


def test_groupings_repeat_and_limits_hold() -> None:
    assert query.build({"grouping": ["accessor", "tags"]}, BillingOptions) == "grouping=accessor&grouping=tags"
    assert query.build({"grouping": "tags"}, BillingOptions) == "grouping=tags"
    for limit in (0, 1001):
        with pytest.raises(query.BadOption, match="limit"):
            query.check({"limit": limit}, RequestListOptions)
