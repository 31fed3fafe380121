from pathlib import Path

import pytest

from sonant.engine.settings import PREFIX, Settings, SettingsError, is_loopback, read_settings


def test_defaults_without_an_environment() -> None:
    settings = read_settings({})
    assert (settings.host, settings.model, settings.upload_limit) == ("127.0.0.1", "tiny.en", 2_000_000_000)
    assert settings.cache == Path("~/.cache/sonant").expanduser()


def test_every_field_is_read_from_the_environment() -> None:
    texts = {
        "host": "0.0.0.0", "port": "9", "api_keys": "one, two,", "model": "m", "workers": "3", "cache": "/x",
        "upload_limit": "5", "upload_seconds": "6", "spool_above": "7", "fetch_limit": "8", "fetch_seconds": "9.5",
        "allow_private_urls": "true", "processing_seconds": "10", "concurrency": "11", "queue_limit": "0",
        "callback_retries": "0", "callback_delay": "0", "callback_seconds": "1", "drain_seconds": "2",
        "log_level": "debug", "models": "base, /x", "aliases": '{"nova-3*": "base"}',
        "url_map": f'{{"https://example.com/a.wav": "{__file__}"}}', "state": "/y", "callback_limit": "3",
        "log_format": "json", "streams": "3", "idle_seconds": "4", "turn_idle_seconds": "5", "turn_model": "/t",
        "voices": "heart, emma", "voice_model": "owner/kokoro",
        "voice_aliases": '{"flux-*": "heart"}', "speak_limit": "1", "speak_characters": "2",
        "speak_pace": "0", "speak_concurrency": "3", "speak_queue": "0", "speak_streams": "4",
        "speak_idle_seconds": "5", "speak_session_seconds": "6",
        "data": "/z", "database": "postgresql://a:b@c/d", "prices": '{"batch::*": 1}', "log_days": "7",
        "smtp_url": "smtp://mail", "mail_from": "me@example.com",
    }  # fmt: skip
    assert set(texts) == set(Settings.__struct_fields__)
    settings = read_settings({PREFIX + name.upper(): text for name, text in texts.items()})
    assert settings.api_keys == ("one", "two")
    assert settings.allow_private_urls is True
    assert settings.fetch_seconds == 9.5
    assert settings.models == ("base", "/x")
    assert settings.voices == ("heart", "emma")
    assert settings.aliases == {"nova-3*": "base"}
    for name in Settings.__struct_fields__:
        assert getattr(settings, name) != getattr(Settings(), name), name


def test_what_is_given_goes_before_the_environment() -> None:
    settings = read_settings({"SONANT_PORT": "1", "SONANT_WORKERS": "4"}, port=2, workers=None)
    assert (settings.port, settings.workers) == (2, 4)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "many"),
        ("PORT", "70000"),
        ("WORKERS", "0"),
        ("LOG_LEVEL", "loud"),
        ("FETCH_SECONDS", "-1"),
        ("ALIASES", "base"),
    ],
)
def test_a_bad_value_names_its_setting(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"SONANT_{name}.*{text}"):
        read_settings({f"SONANT_{name}": text})


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(SettingsError, match="colour"):
        read_settings({}, colour="red")


def test_a_public_address_needs_keys() -> None:
    with pytest.raises(SettingsError, match="SONANT_API_KEYS"):
        read_settings({"SONANT_HOST": "0.0.0.0"})
    assert read_settings({"SONANT_HOST": "0.0.0.0", "SONANT_API_KEYS": "k"}).api_keys == ("k",)


@pytest.mark.parametrize("key", ["sécret", "two words", "tab\there", "secret\N{NO-BREAK SPACE}x"])
def test_keys_that_no_caller_could_send_are_refused_unseen(key: str) -> None:
    with pytest.raises(SettingsError, match="key 2 of 2") as caught:
        read_settings({"SONANT_API_KEYS": f"good,{key}"})
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.9", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("example.com", False)],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_map_leads_to_files() -> None:
    with pytest.raises(SettingsError, match=r"/no/such\.wav.*https://example\.com/a"):
        read_settings({"SONANT_URL_MAP": '{"https://example.com/a": "/no/such.wav"}'})


def test_keys_are_not_shown() -> None:
    assert "canary" not in repr(Settings(api_keys=("canary",)))


def test_every_setting_says_its_environment_name() -> None:
    source = Path(__import__("sonant.engine.settings", fromlist=["x"]).__file__).read_text()
    for name in Settings.__struct_fields__:
        assert f"`SONANT_{name.upper()}`" in source


def test_projects_need_a_folder_and_bring_keys() -> None:
    assert read_settings({"SONANT_DATA": "~/d", "SONANT_HOST": "0.0.0.0"}).data == Path("~/d").expanduser()
    with pytest.raises(SettingsError, match="SONANT_DATA"):
        read_settings({"SONANT_DATABASE": "postgresql://a:b@c/d"})
    with pytest.raises(SettingsError, match="PRICES") as caught:
        read_settings({"SONANT_DATA": "/d", "SONANT_PRICES": '{"batch::*": -1}'})
    assert "-1" in str(caught.value)
    shown = repr(read_settings({"SONANT_DATA": "/d", "SONANT_DATABASE": "postgresql://a:hidden@c/d"}))
    assert "hidden" not in shown
