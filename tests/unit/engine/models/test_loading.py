import hashlib
import os
import sys
import time
from pathlib import Path

import msgspec
import pytest

from sonant.engine.models import loading
from sonant.engine.models.loading import (
    FolderWeights,
    HubWeights,
    JoinedWeights,
    LoadError,
    PackagedWeights,
    find_weights,
    verify,
)

DIGEST = hashlib.sha256(b"weights").hexdigest()


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackagedWeights:
    folder = tmp_path / "site" / "some_weights" / "model"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise RuntimeError('imported')")
    (folder / "model.bin").write_bytes(b"weights")
    monkeypatch.syspath_prepend(tmp_path / "site")
    return PackagedWeights("some_weights", "some-weights", "model", {"model.bin": DIGEST})


def test_a_package_is_found_without_being_imported(packaged: PackagedWeights, tmp_path: Path) -> None:
    folder = find_weights(packaged, tmp_path / "cache")
    assert (folder / "model.bin").read_bytes() == b"weights"
    assert "some_weights" not in sys.modules


def test_a_package_that_is_absent_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="sonant\\[engine\\]"):
        find_weights(PackagedWeights("no_such_weights", "no-such-weights"), tmp_path)


def test_other_weights_are_refused(packaged: PackagedWeights, tmp_path: Path) -> None:
    folder = find_weights(packaged, tmp_path / "cache")
    (folder / "model.bin").write_bytes(b"poisoned!")
    with pytest.raises(LoadError, match="SHA-256"):
        find_weights(packaged, tmp_path / "cache")


def test_unchanged_files_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.bin").write_bytes(b"weights")
    verify(tmp_path, {"model.bin": DIGEST}, tmp_path / "cache")
    monkeypatch.setattr(loading.hashlib, "file_digest", None)
    verify(tmp_path, {"model.bin": DIGEST}, tmp_path / "cache")


def test_a_file_altered_behind_its_date_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"weights")
    before = path.stat()
    verify(tmp_path, {"model.bin": DIGEST}, tmp_path / "cache")
    time.sleep(0.02)  # ctime ticks no finer than this on some file systems
    path.write_bytes(b"wEights")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(LoadError, match="SHA-256"):
        verify(tmp_path, {"model.bin": DIGEST}, tmp_path / "cache")


def test_a_fresh_check_trusts_no_notes(packaged: PackagedWeights, tmp_path: Path) -> None:
    folder = find_weights(packaged, tmp_path)
    notes = (tmp_path / loading.NOTES).read_bytes()
    (folder / "model.bin").write_bytes(b"wEights")
    stat = (folder / "model.bin").stat()
    stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    forged = {name: {"stamp": stamp, "digest": note["digest"]} for name, note in msgspec.json.decode(notes).items()}
    (tmp_path / loading.NOTES).write_bytes(msgspec.json.encode(forged))
    assert find_weights(packaged, tmp_path) == folder
    with pytest.raises(LoadError, match="SHA-256"):
        find_weights(packaged, tmp_path, fresh=True)


def test_damaged_notes_are_made_again(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"weights")
    (tmp_path / loading.NOTES).write_bytes(b"{]")
    verify(tmp_path, {"model.bin": DIGEST}, tmp_path)
    assert DIGEST.encode() in (tmp_path / loading.NOTES).read_bytes()


def test_notes_that_cannot_be_written_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"weights")
    (tmp_path / "file").touch()
    verify(tmp_path, {"model.bin": DIGEST}, tmp_path / "file" / "cache")


def test_a_file_that_is_absent(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be read"):
        verify(tmp_path, {"model.bin": DIGEST}, tmp_path)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"no model\.bin"):
        find_weights(FolderWeights(tmp_path), tmp_path)


def test_the_hub_needs_its_loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "find_spec", lambda _: None)
    with pytest.raises(LoadError, match="pip install huggingface_hub"):
        find_weights(HubWeights("owner/name"), tmp_path)


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JoinedWeights:
    found: list[PackagedWeights] = []
    for number, part in enumerate((b"wei", b"ghts"), 1):
        folder = tmp_path / "site" / f"half_{number}"
        folder.mkdir(parents=True)
        (folder / f"model.bin.part{number}").write_bytes(part)
        digests = {f"model.bin.part{number}": hashlib.sha256(part).hexdigest()}
        found.append(PackagedWeights(f"half_{number}", f"half-{number}", digests=digests, extra="multilingual"))
    (tmp_path / "site" / "half_1" / "tokenizer.json").write_text("{}")
    monkeypatch.syspath_prepend(tmp_path / "site")
    return JoinedWeights(tuple(found), DIGEST)


def test_parts_are_joined_once(parts: JoinedWeights, tmp_path: Path) -> None:
    assert parts.installed
    folder = find_weights(parts, tmp_path / "cache")
    assert (folder / "model.bin").read_bytes() == b"weights"
    assert (folder / "tokenizer.json").read_text() == "{}"
    assert find_weights(parts, tmp_path / "cache") == folder
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_part_that_is_damaged_is_refused(parts: JoinedWeights, tmp_path: Path) -> None:
    (tmp_path / "site" / "half_2" / "model.bin.part2").write_bytes(b"ghosts")
    with pytest.raises(LoadError, match="SHA-256"):
        find_weights(parts, tmp_path / "cache")
    assert not (tmp_path / "cache" / "joined").exists()


def test_what_was_joined_is_verified(parts: JoinedWeights, tmp_path: Path) -> None:
    folder = find_weights(parts, tmp_path / "cache")
    (folder / "model.bin").write_bytes(b"poisoned")
    with pytest.raises(LoadError, match="remove"):
        find_weights(parts, tmp_path / "cache")


def test_a_part_that_is_absent_says_what_to_install(tmp_path: Path) -> None:
    absent = JoinedWeights((PackagedWeights("no_such_half", "no-such-half", extra="multilingual"),), DIGEST)
    assert not absent.installed
    with pytest.raises(LoadError, match=r"sonant\[multilingual\]"):
        find_weights(absent, tmp_path)


def test_a_full_disk_is_told(parts: JoinedWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loading.shutil, "copyfileobj", fail)
    with pytest.raises(LoadError, match="No space left"):
        find_weights(parts, tmp_path / "cache")
    assert not list((tmp_path / "cache" / "joined").iterdir())


class RepositoryNotFoundError(OSError): ...


class LocalEntryNotFoundError(FileNotFoundError, ValueError): ...


class HfHubHTTPError(OSError):
    class response:  # noqa: N801 - as the loader calls it
        status_code = 503


@pytest.mark.parametrize(
    ("error", "offline", "told"),
    [
        (RepositoryNotFoundError("401 Client Error. (Request ID: Root=1)"), False, "there is no such model"),
        (LocalEntryNotFoundError("pass 'local_files_only=False' as input"), True, "it was not fetched before"),
        (LocalEntryNotFoundError("look-ups disabled"), False, "the hub cannot be reached"),
        (HfHubHTTPError("Server Error for url"), False, "the hub answered with status 503"),
        (OSError(28, "No space left on device"), False, "No space left on device"),
        (ValueError("what only the loader knows"), False, "ValueError"),
    ],
)
def test_the_words_of_the_hubs_loader_are_not_passed_on(
    error: Exception, offline: bool, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def snapshot_download(*_: object, **__: object) -> None:
        raise error

    hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(hub, "snapshot_download", snapshot_download)
    with pytest.raises(LoadError) as caught:
        loading.fetch_from_hub(HubWeights("owner/model"), ["*"], tmp_path, offline=offline)
    message = str(caught.value)
    assert message.startswith(f"owner/model could not be fetched from the model hub: {told}")
    assert "local_files_only" not in message
    assert "Request ID" not in message
