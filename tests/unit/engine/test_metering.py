"""The journal: what is written survives, and the last line counts."""

from pathlib import Path

import pytest

from sonant.engine import metering
from sonant.engine.metering import FILE, Journal, UsageRow, Use


def row(name: str, **given: object) -> UsageRow:
    return UsageRow(
        request_id=name, project_id="p", api_key_id="k", created=1, path="/v1/listen", endpoint="listen",
        method="streaming", features=[], tags=[], **given,
    )  # type: ignore[arg-type]  # fmt: skip


def test_what_was_open_is_open_after_a_kill(tmp_path: Path) -> None:
    killed = Journal(tmp_path)
    killed.begin(row("one"))
    killed.begin(row("two", use=Use(seconds=1.0)))
    killed.keep(row("two", use=Use(seconds=2.0)))
    killed.begin(row("three"))
    killed.keep(row("three", code=200))
    again = Journal(tmp_path)
    assert {name: open_row.use.seconds for name, open_row in again.open.items()} == {"one": 0.0, "two": 2.0}
    assert [settled.request_id for settled in again.settled()] == ["three"]
    again.close()


def test_a_line_that_was_cut_off_takes_none_with_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    killed = Journal(tmp_path)
    killed.begin(row("one"))
    killed.begin(row("two"))
    text = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(text[:-20])
    assert list(Journal(tmp_path).open) == ["one"]
    assert "cut off" in caplog.text


def test_what_is_in_the_database_leaves_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metering, "_COMPACT_ABOVE", 2_000)
    journal = Journal(tmp_path)
    journal.begin(row("open"))
    for number in range(100):
        journal.begin(row(str(number)))
        journal.keep(row(str(number), code=200))
        journal.forget(journal.settled())
    assert (tmp_path / FILE).stat().st_size < 3_000
    journal.keep(row("late", code=200))
    again = Journal(tmp_path)
    assert list(again.open) == ["open"]
    assert [settled.request_id for settled in again.settled()][-1] == "late"
    assert len(again.settled()) < 10  # what comes twice is recorded once


def test_streams_are_noted_while_they_go_on(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    stream = row("stream")
    journal.begin(stream)
    size = (tmp_path / FILE).stat().st_size
    journal.note_progress()
    grown = (tmp_path / FILE).stat().st_size
    journal.note_progress()
    assert (tmp_path / FILE).stat().st_size == grown > size
    stream.use.seconds = 7.5
    journal.note_progress()
    assert Journal(tmp_path).open["stream"].use.seconds == 7.5


def test_the_file_is_the_owners_own(tmp_path: Path) -> None:
    Journal(tmp_path).close()
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
