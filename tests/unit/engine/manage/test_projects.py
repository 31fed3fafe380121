"""What is done to a project, and how another call sees it, on both databases."""

import re
import stat
from datetime import UTC, datetime, timedelta
from typing import Any

from unit.engine.manage.desk import Desk, introduce, office


def refused(answer: Any) -> tuple[int, str]:
    return answer.status, answer.json.get("err_code") or answer.json.get("category")


async def test_the_first_start_makes_a_project_an_owner_and_a_key(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        file = kept["data"] / "first-key"
        assert re.fullmatch(r"[0-9a-f]{40}\n", file.read_text())
        for path in (file, kept["data"] / "secret"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        (member,) = (await owner.get("./members"))["members"]
        assert member["scopes"] == ["owner"]
        assert owner.accounts.first_key == owner.key
    async with office(kept) as again:
        assert again.project == owner.project
        assert again.accounts.first_key == ""


async def test_a_project_is_renamed(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        said = await owner.patch(
            ".", {"name": "Speech of Zoë", "company": "Sound Ltd", "project_id": "x", "prepaid": 1}
        )
        assert said == {"message": "Successfully updated project info."}
        now = await owner.get(".")
        assert (now["name"], now["company"], now["project_id"]) == ("Speech of Zoë", "Sound Ltd", owner.project)
        await owner.patch(".", {"company": ""})
        assert "company" not in await owner.get(".")
        assert refused(await owner.ask("PATCH", ".", {"name": " "})) == (400, "INVALID_JSON")
        assert (await owner.get("/v1/projects"))["projects"][0]["name"] == "Speech of Zoë"


async def test_a_deleted_project_takes_all_with_it(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        stranger = await owner.make_stranger()
        member = await owner.make_key("member")
        assert (await owner.listen()).status == 200
        assert await owner.delete(".") == {"message": "Successfully deleted project."}
        for gone in (owner, member):
            assert refused(await gone.ask("GET", ".")) == (401, "INVALID_AUTH")
        assert (await stranger.get("."))["project_id"] == stranger.project


async def test_keys_are_made_shown_listed_and_deleted(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        wish = {"comment": "for the bot", "scopes": ["usage:write"], "tags": ["bot"], "api_key_id": "mine", "key": "x"}
        made = await owner.post("./keys", wish)
        assert re.fullmatch(r"[0-9a-f]{40}", made["key"])
        assert (made["comment"], made["scopes"], made["tags"]) == ("for the bot", ["usage:write"], ["bot"])
        bot = Desk(owner.door, made["key"], owner.project)
        assert (await bot.listen()).status == 200
        shown = await owner.get(f"./keys/{made['api_key_id']}")
        assert shown["api_key"] == shown["item"]["member"]["api_key"]
        assert shown["member"]["email"] == shown["item"]["member"]["email"] == "owner@localhost"
        assert "key" not in shown["api_key"]
        assert len((await owner.get("./keys"))["api_keys"]) == 2
        assert "message" in await owner.delete(f"./keys/{made['api_key_id'].upper()}")
        assert refused(await bot.listen()) == (401, "INVALID_AUTH")
        assert refused(await owner.ask("GET", f"./keys/{made['api_key_id']}")) == (404, "NOT_FOUND")


async def test_keys_end_by_themselves(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        dated = await owner.post("./keys", {"comment": "a", "scopes": ["member"], "expiration_date": soon})
        assert dated["expiration_date"].startswith(soon[:19])
        ended = await owner.make_key("member", time_to_live_in_seconds=1)
        assert (await ended.get("."))["project_id"] == owner.project
        _move_expiry(owner, -1)
        await owner.accounts.keyring.refresh()
        assert refused(await ended.ask("GET", ".")) == (401, "INVALID_AUTH")
        assert len((await owner.get("./keys?status=expired"))["api_keys"]) == 2
        assert len((await owner.get("./keys?status=active"))["api_keys"]) == 1
        assert len((await owner.get("./keys"))["api_keys"]) == 3
        both = {"comment": "b", "scopes": ["member"], "expiration_date": soon, "time_to_live_in_seconds": 5}
        assert refused(await owner.ask("POST", "./keys", both)) == (400, "Bad Request")
        past = {"comment": "b", "scopes": ["member"], "expiration_date": "2001-01-01T00:00:00Z"}
        assert refused(await owner.ask("POST", "./keys", past)) == (400, "Bad Request")


def _move_expiry(desk: Desk, expires: int) -> None:
    from sqlalchemy import update

    from sonant.engine.store.schema import keys

    with desk.accounts.database.write() as connection:
        connection.execute(update(keys).where(keys.c.expires.is_not(None)).values(expires=expires))


async def test_a_key_makes_no_key_that_may_more(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        member = await owner.make_key("member")
        for scopes in (["owner"], ["admin"], ["billing:read"], ["usage:read", "members:*"]):
            answer = await member.ask("POST", "./keys", {"comment": "more", "scopes": scopes})
            assert refused(answer) == (401, "INSUFFICIENT_PERMISSIONS")
        narrow = await member.make_key("usage:read", "keys:write")
        assert refused(await narrow.ask("POST", "./keys", {"comment": "x", "scopes": ["member"]}))[0] == 401
        answer = await owner.ask("POST", "./keys", {"comment": "x", "scopes": ["everything"]})
        assert (answer.status, answer.json["err_msg"]) == (400, "Unknown scope: everything.")


async def test_a_member_sees_its_own_keys_and_an_admin_all(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        admin = await owner.make_member("admin", "admin@example.com")
        member = await owner.make_member("member", "m@example.com")
        assert len((await member.get("./keys"))["api_keys"]) == 1
        assert len((await admin.get("./keys"))["api_keys"]) == 3
        details = {
            row["member"]["email"]: row["api_key"]["api_key_id"] for row in (await admin.get("./keys"))["api_keys"]
        }
        assert refused(await member.ask("GET", f"./keys/{details['admin@example.com']}")) == (404, "NOT_FOUND")
        assert refused(await admin.ask("DELETE", f"./keys/{details['owner@localhost']}"))[0] == 401
        await admin.delete(f"./keys/{details['m@example.com']}")
        assert refused(await member.ask("GET", ".")) == (401, "INVALID_AUTH")


async def test_members_change_roles_and_go(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        admin = await owner.make_member("admin", "admin@example.com")
        member = await owner.make_member("member", "m@example.com")
        ids = {row["email"]: row["member_id"] for row in (await owner.get("./members"))["members"]}
        boss, other = ids["owner@localhost"], ids["m@example.com"]
        assert await owner.get(f"./members/{other}/scopes") == {"scopes": ["member"]}
        assert await member.get(f"./members/{other}/scopes") == {"scopes": ["member"]}
        assert refused(await member.ask("GET", f"./members/{boss}/scopes"))[0] == 401
        for desk, whom, role in ((admin, boss, "member"), (admin, other, "owner"), (member, other, "admin")):
            assert refused(await desk.ask("PUT", f"./members/{whom}/scopes", {"scope": role}))[0] == 401
        assert refused(await owner.ask("PUT", f"./members/{boss}/scopes", {"scope": "member"}))[0] == 400
        said = await admin.put(f"./members/{other}/scopes", {"scope": "admin"})
        assert said["scopes"] == ["admin"]
        assert refused(await member.ask("GET", "./members"))[0] == 401  # the key says `member` still
        assert refused(await admin.ask("DELETE", f"./members/{boss}"))[0] == 401
        assert "message" in await owner.delete(f"./members/{other}")
        assert refused(await member.ask("GET", ".")) == (401, "INVALID_AUTH")
        assert refused(await owner.ask("DELETE", f"./members/{other}")) == (404, "NOT_FOUND")


async def test_the_last_owner_stays(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        assert refused(await owner.ask("DELETE", "./leave")) == (400, "Bad Request")
        second = await owner.make_member("owner", "second@example.com")
        assert await owner.delete("./leave") == {"message": "Successfully left project."}
        assert refused(await owner.ask("GET", ".")) == (401, "INVALID_AUTH")
        (left,) = (await second.get("./members"))["members"]
        assert refused(await second.ask("DELETE", f"./members/{left['member_id']}")) == (400, "Bad Request")


async def test_invitations(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        await owner.post("./invites", {"email": "New@Example.com", "scope": "member"})
        assert await owner.get("./invites") == {"invites": [{"email": "new@example.com", "scope": "member"}]}
        assert refused(await owner.ask("POST", "./invites", {"email": "new@example.com", "scope": "admin"}))[0] == 400
        for wrong in ("nobody", "a@b\nBcc: all@example.com", "a b@c", "x@y,z@w", f"{'a' * 400}@b"):
            answer = await owner.ask("POST", "./invites", {"email": wrong, "scope": "member"})
            assert refused(answer) == (400, "INVALID_JSON"), wrong
        assert refused(await owner.ask("POST", "./invites", {"email": "o@localhost", "scope": "king"}))[0] == 400
        assert refused(await owner.ask("POST", "./invites", {"email": "owner@localhost", "scope": "owner"}))[0] == 400
        admin = await owner.make_member("admin", "admin@example.com")
        assert refused(await admin.ask("POST", "./invites", {"email": "o@x.y", "scope": "owner"}))[0] == 401
        await owner.delete("./invites/new%40example.com")
        assert await owner.get("./invites") == {"invites": []}
        assert refused(await owner.ask("DELETE", "./invites/new@example.com")) == (404, "NOT_FOUND")


async def test_credentials_under_both_names(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        base, old = "./self-hosted/distribution/credentials", "./onprem/distribution/credentials"
        made = await owner.post(
            f"{base}?scopes=self-hosted:product:api&scopes=self-hosted:product:engine", {"comment": "k8s"}
        )
        one = made["distribution_credentials"]
        assert (one["provider"], one["comment"]) == ("quay", "k8s")
        assert one["scopes"] == ["self-hosted:product:api", "self-hosted:product:engine"]
        older = await owner.post(old, {"comment": "js", "scopes": ["self-hosted:products"], "provider": "quay"})
        assert (await owner.get(f"{old}/{one['distribution_credentials_id']}"))["distribution_credentials"] == one
        listed = (await owner.get(old))["distribution_credentials"]
        assert [each["distribution_credentials"]["comment"] for each in listed] == ["k8s", "js"]
        gone = await owner.delete(f"{base}/{one['distribution_credentials_id']}")
        assert gone["distribution_credentials"] == one
        assert gone["message"]
        assert [each["distribution_credentials"] for each in (await owner.get(base))["distribution_credentials"]] == [
            older["distribution_credentials"]
        ]
        assert refused(await owner.ask("POST", old, {"scopes": ["usage:write"]}))[0] == 400
        assert refused(await owner.ask("POST", old, {"provider": "elsewhere"}))[0] == 400


async def test_agents_and_their_variables(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        plain = await owner.post("./agents", {"config": '{"listen": {"say": "DG_NOT_ONE"}}', "metadata": {"team": "a"}})
        assert plain["config"] == {"listen": {"say": "DG_NOT_ONE"}}
        bare = await owner.post("./agents", {"config": '{"speak": DG_VOICE}', "api_version": 1})
        assert bare["config"] == '{"speak": DG_VOICE}'
        changed = await owner.put(f"./agents/{plain['agent_id']}", {"metadata": {"team": "b"}, "config": "{}"})
        assert (changed["metadata"], changed["config"]) == ({"team": "b"}, plain["config"])
        assert (await owner.get("./agents"))["agents"] == [changed, bare]
        assert await owner.delete(f"./agents/{bare['agent_id']}") == {}
        assert refused(await owner.ask("GET", f"./agents/{bare['agent_id']}")) == (404, "NOT_FOUND")
        for wrong in ("", "[1]", '{"a": NO_VARIABLE}', "{" * 5000):
            assert refused(await owner.ask("POST", "./agents", {"config": wrong})) == (400, "INVALID_JSON")
        value = {"deep": [1, None, "ü"]}
        kept_one = await owner.post("./agent-variables", {"key": "DG_VOICE", "value": value})
        hidden = await owner.post("./agent-variables", {"key": "DG_KEY", "value": "s3cret", "is_sensitive": True})
        assert (kept_one["value"], hidden["value"]) == (value, None)
        assert (await owner.patch(f"./agent-variables/{kept_one['variable_id']}", {"value": None}))["value"] is None
        assert (await owner.get(f"./agent-variables/{kept_one['variable_id']}"))["key"] == "DG_VOICE"
        assert "s3cret" not in str(await owner.get("./agent-variables"))
        assert refused(await owner.ask("POST", "./agent-variables", {"key": "DG_VOICE", "value": 1}))[0] == 400
        assert refused(await owner.ask("POST", "./agent-variables", {"key": "voice", "value": 1}))[0] == 400
        assert await owner.delete(f"./agent-variables/{kept_one['variable_id']}") == {}
        assert len((await owner.get("./agent-variables"))["variables"]) == 1


async def test_tokens_and_what_they_open(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        granted = await owner.post("/v1/auth/grant")
        assert granted["expires_in"] == 30
        token = Desk(owner.door, granted["access_token"], owner.project, "Bearer")
        assert (await token.listen()).status == 200
        assert refused(await token.ask("GET", ".")) == (401, "INSUFFICIENT_PERMISSIONS")
        assert (await owner.post("/v1/auth/grant", {"ttl_seconds": 3600}))["expires_in"] == 3600
        assert (await owner.post("/v1/auth/grant", {"ttl": 300}))["expires_in"] == 30
        for wrong in ({"ttl_seconds": 0}, {"ttl_seconds": 3601}, {"ttl_seconds": "x"}, b"{"):
            assert refused(await owner.ask("POST", "/v1/auth/grant", wrong)) == (400, "INVALID_JSON")
        weak = await owner.make_key("usage:write")
        assert refused(await weak.ask("POST", "/v1/auth/grant")) == (403, "FORBIDDEN")
        assert refused(await Desk(owner.door, owner.key, scheme="Bearer").listen()) == (401, "INVALID_AUTH")


async def test_a_token_ends_with_its_key(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        member = await owner.make_key("member")
        token = Desk(owner.door, (await member.post("/v1/auth/grant"))["access_token"], owner.project, "Bearer")
        assert (await token.listen()).status == 200
        details = await member.get("/v1/auth/token")
        assert (details["scopes"], details["comment"]) == (["member"], "another")
        await owner.delete(f"./keys/{details['api_key_id']}")
        assert refused(await token.listen()) == (401, "INVALID_AUTH")


async def test_a_stranger_is_told_nothing(kept: dict[str, Any]) -> None:
    async with office(kept) as owner:
        stranger = await owner.make_stranger()
        mine = await owner.ask("GET", f"/v1/projects/{stranger.project}")
        none = await owner.ask("GET", "/v1/projects/00000000-0000-4000-8000-000000000000")
        assert (mine.status, mine.body) == (none.status, none.body)
        assert none.json == {"err_code": "PROJECT_NOT_FOUND", "err_msg": "Project not found."}
        assert (await introduce(owner.door, owner.key)).project == owner.project
        text = await owner.ask("GET", "/v1/projects/project")
        assert (text.status, text.headers["content-type"].partition(";")[0]) == (404, "text/plain")
        assert text.body.startswith(b"UUID parsing failed: invalid character")
