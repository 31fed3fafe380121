"""What the management methods ask: path, query, body; and what they refuse at once."""

import json
import warnings
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import pytest

from sonant import DeepgramClient, DeepgramVersionError
from sonant.client.auth import Auth
from sonant.client.call import Call, HttpResponse
from sonant.client.config import Scope
from sonant.client.errors import BadOptionValue, ConfigError, DecodeError, SonantError, UnknownOption
from sonant.client.manage import Manage
from sonant.client.models import Models
from sonant.client.selfhosted import SelfHosted

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)
P = "/v1/projects/p"
CREDENTIALS = f"{P}/self-hosted/distribution/credentials"


def request(call: Call[Any]) -> tuple[str, str, Any]:
    """Method, target and body of a call."""
    sent = call.request(Scope("http://s"), "Token k", call.timeouts(Scope("http://s")))
    body: Any = sent.body
    return sent.method, sent.url.removeprefix("http://s"), json.loads(body) if body else None


CALLS: list[tuple[Call[Any], str, str, Any]] = [
    (Auth.grant_token.build(), "POST", "/v1/auth/grant", {}),
    (Auth.grant_token.build(ttl_seconds=60), "POST", "/v1/auth/grant", {"ttl_seconds": 60}),
    (Manage.get_token_details.build(), "GET", "/v1/auth/token", None),
    (Manage.get_projects.build(), "GET", "/v1/projects", None),
    (Manage.get_project.build("p"), "GET", P, None),
    (Manage.get_project.build("p", limit=5, page=0), "GET", f"{P}?limit=5&page=0", None),
    (Manage.update_project.build("p", name="n"), "PATCH", P, {"name": "n"}),
    (Manage.update_project.build("p", name="n", company="c"), "PATCH", P, {"name": "n", "company": "c"}),
    (Manage.delete_project.build("p"), "DELETE", P, None),
    (Manage.leave_project.build("p"), "DELETE", f"{P}/leave", None),
    (Manage.get_project_keys.build("p"), "GET", f"{P}/keys", None),
    (Manage.get_project_keys.build("p", status="expired"), "GET", f"{P}/keys?status=expired", None),
    (Manage.get_project_key.build("p", "k"), "GET", f"{P}/keys/k", None),
    (
        Manage.create_project_key.build("p", comment="ci", scopes=("usage:read", "keys:read"), tags="team"),
        "POST",
        f"{P}/keys",
        {"comment": "ci", "scopes": ["usage:read", "keys:read"], "tags": ["team"]},
    ),
    (
        Manage.create_project_key.build("p", comment="ci", scopes="member", expiration_date=NOON),
        "POST",
        f"{P}/keys",
        {"comment": "ci", "scopes": ["member"], "expiration_date": "2025-01-31T12:00:00Z"},
    ),
    (
        Manage.create_project_key.build("p", comment="ci", scopes=["member"], time_to_live_in_seconds=3600),
        "POST",
        f"{P}/keys",
        {"comment": "ci", "scopes": ["member"], "time_to_live_in_seconds": 3600},
    ),
    (Manage.delete_project_key.build("p", "k"), "DELETE", f"{P}/keys/k", None),
    (Manage.get_project_members.build("p"), "GET", f"{P}/members", None),
    (Manage.remove_project_member.build("p", "m"), "DELETE", f"{P}/members/m", None),
    (Manage.get_project_member_scopes.build("p", "m"), "GET", f"{P}/members/m/scopes", None),
    (
        Manage.update_project_member_scope.build("p", "m", scope="admin"),
        "PUT",
        f"{P}/members/m/scopes",
        {"scope": "admin"},
    ),
    (Manage.get_project_invites.build("p"), "GET", f"{P}/invites", None),
    (
        Manage.send_project_invite.build("p", email="a@b.c", scope="member"),
        "POST",
        f"{P}/invites",
        {"email": "a@b.c", "scope": "member"},
    ),
    (Manage.delete_project_invite.build("p", "a+x/y@b.c"), "DELETE", f"{P}/invites/a%2Bx%2Fy%40b.c", None),
    (
        Manage.get_project_usage_requests.build(
            "p", start=date(2025, 1, 1), end=NOON, limit=50, page=2, status="failed"
        ),
        "GET",
        f"{P}/requests?start=2025-01-01&end=2025-01-31T12%3A00%3A00%2B00%3A00&limit=50&page=2&status=failed",
        None,
    ),
    (Manage.get_project_usage_request.build("p", "r"), "GET", f"{P}/requests/r", None),
    (
        Manage.get_project_usage_summary.build("p", start=NOON, end="2025-02-01", diarize=True, numerals=False),
        "GET",
        f"{P}/usage?start=2025-01-31&end=2025-02-01&diarize=true&numerals=false",
        None,
    ),
    (
        Manage.get_project_usage_fields.build("p", start=date(2025, 1, 1)),
        "GET",
        f"{P}/usage/fields?start=2025-01-01",
        None,
    ),
    (
        Manage.get_project_usage_breakdown.build("p", grouping="models", tag="t"),
        "GET",
        f"{P}/usage/breakdown?grouping=models&tag=t",
        None,
    ),
    (Manage.get_project_balances.build("p"), "GET", f"{P}/balances", None),
    (Manage.get_project_balance.build("p", "b"), "GET", f"{P}/balances/b", None),
    (
        Manage.get_project_billing_breakdown.build("p", grouping=["line_item", "tags"], deployment="hosted"),
        "GET",
        f"{P}/billing/breakdown?grouping=line_item&grouping=tags&deployment=hosted",
        None,
    ),
    (
        Manage.get_project_billing_fields.build("p", end=date(2025, 1, 1)),
        "GET",
        f"{P}/billing/fields?end=2025-01-01",
        None,
    ),
    (Manage.get_project_purchases.build("p", limit=5), "GET", f"{P}/purchases?limit=5", None),
    (SelfHosted.list_credentials.build("p"), "GET", CREDENTIALS, None),
    (SelfHosted.get_credentials.build("p", "c"), "GET", f"{CREDENTIALS}/c", None),
    (SelfHosted.create_credentials.build("p"), "POST", CREDENTIALS, {}),
    (
        SelfHosted.create_credentials.build("p", comment="x", scopes=["self-hosted:product:api"], provider="quay"),
        "POST",
        f"{CREDENTIALS}?scopes=self-hosted%3Aproduct%3Aapi&provider=quay",
        {"comment": "x"},
    ),
    (SelfHosted.delete_credentials.build("p", "c"), "DELETE", f"{CREDENTIALS}/c", None),
    (Manage.get_project_agents.build("p"), "GET", f"{P}/agents", None),
    (
        Manage.create_project_agent.build("p", config={"language": "en"}, metadata=MappingProxyType({"a": "b"})),
        "POST",
        f"{P}/agents",
        {"config": '{"language":"en"}', "metadata": {"a": "b"}},
    ),
    (
        Manage.create_project_agent.build("p", config='{"listen": DG_X}', api_version=1),
        "POST",
        f"{P}/agents",
        {"config": '{"listen": DG_X}', "api_version": 1},
    ),
    (Manage.get_project_agent.build("p", "a"), "GET", f"{P}/agents/a", None),
    (
        Manage.update_project_agent.build("p", "a", metadata={"a": "b"}),
        "PUT",
        f"{P}/agents/a",
        {"metadata": {"a": "b"}},
    ),
    (Manage.delete_project_agent.build("p", "a"), "DELETE", f"{P}/agents/a", None),
    (Manage.get_project_agent_variables.build("p"), "GET", f"{P}/agent-variables", None),
    (
        Manage.create_project_agent_variable.build("p", key="DG_X", value={"a": [1]}, is_sensitive=True),
        "POST",
        f"{P}/agent-variables",
        {"key": "DG_X", "value": {"a": [1]}, "is_sensitive": True},
    ),
    (Manage.get_project_agent_variable.build("p", "v"), "GET", f"{P}/agent-variables/v", None),
    (
        Manage.update_project_agent_variable.build("p", "v", value=None),
        "PATCH",
        f"{P}/agent-variables/v",
        {"value": None},
    ),
    (Manage.delete_project_agent_variable.build("p", "v"), "DELETE", f"{P}/agent-variables/v", None),
    (Models.get_think_models.build(), "GET", "/v1/agent/settings/think/models", None),
]


@pytest.mark.parametrize(
    ("call", "method", "target", "body"),
    CALLS,
    ids=[f"{n}-{each[0].operation.name}" for n, each in enumerate(CALLS)],
)
def test_a_method_asks_for(call: Call[Any], method: str, target: str, body: Any) -> None:
    assert request(call) == (method, target, body)


@pytest.mark.parametrize(
    ("make", "kind", "says"),
    [
        (lambda: Manage.get_project_keys.build("p", status="dead"), BadOptionValue, "active, expired"),
        (lambda: Manage.get_project_keys.build("p", stat="active"), UnknownOption, "`status`"),
        (lambda: Manage.get_project_keys.build(""), ConfigError, "project_id"),
        (lambda: Manage.create_project_key.build("p", comment="c", scopes=[]), BadOptionValue, "scopes"),
        (lambda: Manage.create_project_key.build("p", comment=5, scopes="member"), BadOptionValue, "comment: expected"),
        (lambda: Manage.create_project_key.build("p", comment="c", scopes="member", tag="x"), UnknownOption, "tag"),
        (
            lambda: Manage.create_project_key.build(
                "p", comment="c", scopes="member", expiration_date=NOON, time_to_live_in_seconds=5
            ),
            BadOptionValue,
            "one way",
        ),
        (
            lambda: Manage.create_project_key.build(
                "p", comment="c", scopes="member", expiration_date=NOON.replace(tzinfo=None)
            ),
            BadOptionValue,
            "no time zone",
        ),
        (
            lambda: Manage.create_project_key.build("p", comment="c", scopes="member", expiration_date="tomorrow"),
            BadOptionValue,
            "expiration_date: invalid RFC3339",
        ),
        (
            lambda: Manage.create_project_key.build("p", comment="c", scopes="member", time_to_live_in_seconds=0),
            BadOptionValue,
            "time_to_live_in_seconds",
        ),
        (lambda: Auth.grant_token.build(ttl_seconds=3601), BadOptionValue, "ttl_seconds"),
        (lambda: Auth.grant_token.build(ttl=300), UnknownOption, "ttl"),
        (lambda: SelfHosted.create_credentials.build("p", scopes="all"), BadOptionValue, "self-hosted:products"),
        (lambda: Manage.get_project_usage_summary.build("p", start="soon"), BadOptionValue, "2025-01-31"),
        (lambda: Manage.get_project_usage_summary.build("p", diarise=True), UnknownOption, "`diarize`"),
        (lambda: Manage.get_project_usage_requests.build("p", limit=1001), BadOptionValue, "limit"),
        (lambda: Manage.iter_project_usage_requests.build("p", limit=0), BadOptionValue, "limit"),
        (lambda: Manage.create_project_agent_variable.build("p", key="X", value=1), BadOptionValue, "key: "),
        (lambda: Manage.create_project_agent_variable.build("p", key="DG_X", value=object()), BadOptionValue, "JSON"),
        (lambda: Manage.create_project_agent.build("p", config={"a": object()}), BadOptionValue, "JSON"),
        (lambda: Manage.send_project_invite.build("p", email="a@b.c\ud800", scope="x"), BadOptionValue, "JSON"),
        (lambda: Manage.delete_project_invite.build("p", ""), ConfigError, "email"),
    ],
)
def test_a_wrong_call_says_so_at_once(make: Any, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind) as caught:
        make()
    assert says in str(caught.value)
    assert isinstance(caught.value, SonantError)


@pytest.mark.parametrize(
    ("status", "body", "message"), [(200, b'{"message":"Gone."}', "Gone."), (200, b"{}", None), (204, b"", None)]
)
def test_a_deletion_gives_a_message_or_none(status: int, body: bytes, message: str | None) -> None:
    assert Manage.delete_project.build("p").reply(HttpResponse(status, {}, body)).message == message


def test_where_something_is_to_be_told_nothing_is_not_enough() -> None:
    with pytest.raises(DecodeError):
        Manage.get_projects.build().reply(HttpResponse(204, {}, b""))


def test_the_older_name_of_the_summary_warns() -> None:
    with pytest.warns(DeprecationWarning, match="get_project_usage_summary"):
        call = Manage.get_project_usage.build("p", tag="x")
    assert request(call) == request(Manage.get_project_usage_summary.build("p", tag="x"))


class Noted:
    """An HTTP client that notes addresses and gives an empty usage."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def send(self, request: Any) -> HttpResponse:
        self.urls.append(request.url)
        span = b'"start":"2025-01-01","end":"2025-01-31","resolution":{"units":"day","amount":1}'
        return HttpResponse(200, {}, b'{"models":[],"distribution_credentials":[],%s}' % span)


def test_the_warning_points_to_the_caller() -> None:
    with DeepgramClient("k", global_={"http": {"client": Noted()}}) as client:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            client.manage.get_project_usage("p")
    assert [warning.filename for warning in caught] == [__file__]


def test_each_namespace_has_its_address() -> None:
    noted = Noted()
    scopes: Any = {"agent": {"url": "http://agents"}, "selfhosted": {"url": "http://own"}}
    with DeepgramClient("k", base_url="http://all", global_={"http": {"client": noted}}, **scopes) as client:
        client.models.get_think_models()
        client.selfhosted.list_credentials("p")
        client.onprem.list_credentials("p")
        client.manage.get_project_usage_summary("p")
    assert [url.split("/v1")[0] for url in noted.urls] == ["http://agents", "http://own", "http://own", "http://all"]


@pytest.mark.parametrize("name", ["projects", "keys", "members", "scopes", "invitation", "usage", "billing"])
def test_version_2_of_the_api_is_told_from_today_s(name: str) -> None:
    with DeepgramClient("k") as client:
        with pytest.raises(DeepgramVersionError, match=r"manage\.\w+") as caught:
            getattr(client, name)
        successor = str(caught.value).split("`")[1].removeprefix("manage.")
        assert callable(getattr(client.manage, successor))


def test_an_expiry_keeps_its_zone() -> None:
    _, _, body = request(
        Manage.create_project_key.build("p", comment="c", scopes="member", expiration_date="2025-01-31T13:00:00+01:00")
    )
    assert datetime.fromisoformat(body["expiration_date"]) == NOON
