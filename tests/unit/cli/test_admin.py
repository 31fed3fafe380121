"""What an operator does without HTTP, seen by the next command; on both databases."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from postgres import Postgres, run_postgres
from sonant.cli.app import run
from sonant.contract.manage.invites import Invite
from sonant.engine.manage.grants import Grant
from sonant.engine.manage.invites import send_invite
from sonant.engine.manage.office import open_office
from sonant.engine.manage.scopes import EVERYTHING


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with run_postgres() as server:
        yield server


class Operator:
    """Somebody at a terminal, with a data folder."""

    def __init__(self, folder: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.url, self._capsys = folder, url, capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        """What a command prints."""
        assert run(["admin", *words]) == code
        out, self.said = self._capsys.readouterr()
        return out.strip()

    def rows(self, *words: str) -> list[list[str]]:
        """The cells of a table, without its heading."""
        return [re.split(r"  +", line) for line in self(*words).splitlines()[1:]]


@pytest.fixture(params=["sqlite", "postgres"])
def admin(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Operator:
    url = request.getfixturevalue("postgres").make_database() if request.param == "postgres" else ""
    monkeypatch.setenv("SONANT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SONANT_DATABASE", url)
    return Operator(tmp_path / "data", url, capsys)


def test_projects_come_and_go(admin: Operator) -> None:
    assert [row[1] for row in admin.rows("projects")] == ["default"]
    assert "first-key" in admin.said
    key = admin("create-project", "Call centre", "--email", "ada@example.com")
    assert re.fullmatch(r"[0-9a-f]{40}", key)
    assert "only time" in admin.said
    (_, made) = admin.rows("projects")
    assert made[1] == "Call centre"
    assert [row[3] for row in admin.rows("keys", "--project", made[0])] == ["ada@example.com"]
    admin("delete-project", made[0], code=2)
    assert admin("delete-project", made[0], "--yes") == "The project was deleted."
    assert len(admin.rows("projects")) == 1
    admin("delete-project", made[0], "--yes", code=1)
    assert "Project not found." in admin.said


def test_a_key_is_replaced(admin: Operator) -> None:
    (before,) = admin.rows("keys")
    key = admin("rotate-key", before[0])
    said = admin.said
    (after,) = admin.rows("keys")
    assert re.fullmatch(r"[0-9a-f]{40}", key)
    assert after[0] != before[0]
    assert after[1:] == before[1:]
    assert after[0] in said
    admin("rotate-key", before[0], code=1)
    assert "Key not found." in admin.said


def test_a_member_without_keys_gets_one(admin: Operator) -> None:
    ((project, *_),) = admin.rows("projects")
    key = admin("create-key", project, "owner@localhost", "--comment", "again")
    assert re.fullmatch(r"[0-9a-f]{40}", key)
    assert len(admin.rows("keys")) == 2
    admin("create-key", project, "nobody@example.com", code=1)
    assert "Member not found." in admin.said


def test_limits_and_purchases(admin: Operator) -> None:
    ((project, *_),) = admin.rows("projects")
    admin("limit", project, "--concurrency", "4", "--monthly-spend", "12.5", "--prepaid")
    ((*_, at_once, dollars, prepaid),) = admin.rows("projects")
    assert (at_once, dollars, prepaid) == ("4", "12.5", "yes")
    admin("limit", project)
    assert admin.rows("projects")[0][-1] == "no"
    assert re.fullmatch(r"[0-9a-f-]{36}", admin("purchase", project, "10", "--expires", "2099-01-31"))
    for wrong in (("0",), ("-5",), ("nan",), ("10", "--expires", "soon")):
        admin("purchase", project, *wrong, code=2)
    admin("purchase", "nobody", "10", code=1)
    admin("limit", project, "--concurrency", "-1", code=2)
    admin("limit", "00000000-0000-4000-8000-000000000000", code=1)


def test_an_invitation_is_shown_and_accepted(admin: Operator) -> None:
    ((project, *_),) = admin.rows("projects")
    with open_office(admin.folder, admin.url) as office, office.database.write() as connection:
        grant = Grant("", project, "", EVERYTHING)
        send_invite(connection, grant, Invite("grace@example.com", "member"))
    letter = admin("outbox")
    assert "To: grace@example.com" in letter
    assert project in letter
    assert re.fullmatch(r"[0-9a-f]{40}", admin("accept", project, "Grace@example.com"))
    assert {row[3] for row in admin.rows("keys")} == {"owner@localhost", "grace@example.com"}
    admin("accept", project, "grace@example.com", code=1)


def test_a_backup_can_be_restored(
    admin: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Any
) -> None:
    key = admin("create-project", "Kept")
    copies = [Path(line) for line in admin("backup", str(tmp_path / "copy")).splitlines()]
    assert all(copy.stat().st_mode & 0o777 == 0o600 for copy in copies)
    admin("backup", str(tmp_path / "copy"), code=1)
    other = tmp_path / "other"
    other.mkdir()
    for copy in copies:
        shutil.copy(copy, other)
    if admin.url:
        fresh = postgres.make_database()
        command = ["pg_restore", f"--dbname={fresh}", str(tmp_path / "copy" / "sonant.pgdump")]
        subprocess.run(command, check=True, timeout=60)
        monkeypatch.setenv("SONANT_DATABASE", fresh)
    monkeypatch.setenv("SONANT_DATA", str(other))
    assert [row[1] for row in admin.rows("projects")] == ["default", "Kept"]
    with open_office(other, fresh if admin.url else "") as office, office.database.read() as connection:
        digest = office.secret.digest(key)
        found = connection.exec_driver_sql("SELECT digest FROM keys").scalars().all()
    assert digest in found


def test_another_secret_is_noticed(admin: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    admin("projects")
    (admin.folder / "secret").write_bytes(b"x" * 32)
    admin("projects", code=1)
    assert "another secret" in admin.said
    (admin.folder / "secret").write_bytes(b"short")
    admin("projects", code=1)
    assert "damaged" in admin.said
    monkeypatch.delenv("SONANT_DATA")
    monkeypatch.setenv("SONANT_DATABASE", "")
    admin("projects", code=2)
    assert "--data" in admin.said
    assert "up to date" in admin("migrate", "--data", str(tmp_path / "new"))
