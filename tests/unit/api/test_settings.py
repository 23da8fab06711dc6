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


def test_tokens_that_would_protect_nothing_are_refused(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("LEEWAY_API_TOKENS_FILE", "/etc/leeway/tokens")

    with pytest.raises(SystemExit) as exit_:
        read_settings(ApiSettings)

    assert exit_.value.code == 2
    assert "LEEWAY_API_TOKENS_FILE" in capsys.readouterr().err
