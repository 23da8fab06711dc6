import pytest

from services.api.settings import ApiSettings
from shared.settings import read_settings


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("LEEWAY_KAFKA_BOOTSTRAP", "kafka:9092")
    monkeypatch.setenv("LEEWAY_DATABASE_URL", "sqlite+aiosqlite:///x.db")
    return monkeypatch


def test_the_defaults_are_those_of_the_contract(environment: pytest.MonkeyPatch) -> None:
    settings = read_settings(ApiSettings)

    assert (settings.http_port, settings.stale_after_seconds) == (8080, 60)
    assert (settings.too_late_seconds, settings.future_seconds) == (7 * 86_400, 300)
    assert settings.self_report is False


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_on_this_machine_only_nobody_is_asked(environment: pytest.MonkeyPatch, host: str) -> None:
    environment.setenv("LEEWAY_HTTP_HOST", host)

    assert read_settings(ApiSettings).asks is False


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "leeway.example"])
def test_other_machines_are_let_in_only_by_tokens_or_an_explicit_word(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    environment.setenv("LEEWAY_HTTP_HOST", host)
    with pytest.raises(SystemExit) as exit_:
        read_settings(ApiSettings)
    assert exit_.value.code == 2
    assert "LEEWAY_AUTH=tokens" in capsys.readouterr().err

    environment.setenv("LEEWAY_AUTH", "none")
    assert read_settings(ApiSettings).asks is False
    environment.setenv("LEEWAY_AUTH", "tokens")
    assert read_settings(ApiSettings).asks is True
    environment.delenv("LEEWAY_AUTH")
    environment.setenv("LEEWAY_API_TOKENS_FILE", "/etc/leeway/tokens")
    assert read_settings(ApiSettings).asks is True


def test_tokens_that_would_protect_nothing_are_refused(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("LEEWAY_API_TOKENS_FILE", "/etc/leeway/tokens")
    environment.setenv("LEEWAY_AUTH", "none")

    with pytest.raises(SystemExit) as exit_:
        read_settings(ApiSettings)

    assert exit_.value.code == 2
    assert "exclude each other" in capsys.readouterr().err
