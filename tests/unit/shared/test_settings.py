import os
import pkgutil
from importlib import import_module

import pytest

import services
from shared.settings import (
    KNOWN,
    PREFIX,
    DatabaseSettings,
    KafkaSettings,
    ServiceSettings,
    read_settings,
    unknown_variables,
)


class Everything(KafkaSettings, DatabaseSettings):
    """What a service that needs both may read."""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)


def settings_of_services() -> list[type[ServiceSettings]]:
    for module in pkgutil.iter_modules(services.__path__, "services."):
        import_module(f"{module.name}.settings")
    return [kind for kind in all_kinds(ServiceSettings) if kind.__module__.startswith("services.")]


def all_kinds(kind: type[ServiceSettings]) -> list[type[ServiceSettings]]:
    below = [deeper for child in kind.__subclasses__() for deeper in all_kinds(child)]
    return list(dict.fromkeys([kind, *below]))


def test_one_environment_may_serve_all_commands() -> None:
    kinds = settings_of_services()

    assert {kind.__module__.split(".")[1] for kind in kinds} == {"api", "evaluator", "ingest"}
    for kind in kinds:
        names = {PREFIX + field.upper() for field in kind.model_fields}
        assert names <= KNOWN, f"{kind.__name__} reads names that shared.settings does not know"


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_KAFKA_BOOTSTRAP", "kafka:9092")
    monkeypatch.setenv("LEEWAY_DATABASE_URL", "sqlite+aiosqlite:///x")
    monkeypatch.setenv("LEEWAY_HTTP_PORT", "9090")
    monkeypatch.setenv("LEEWAY_LOG_LEVEL", "")

    settings = read_settings(Everything)

    assert (settings.kafka_bootstrap, settings.http_port) == ("kafka:9092", 9090)
    assert settings.log_level == "INFO"


def test_every_missing_and_every_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEEWAY_HTTP_PORT", "many")

    with pytest.raises(SystemExit) as ended:
        read_settings(Everything)

    told = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert "leeway: LEEWAY_KAFKA_BOOTSTRAP is not set" in told
    assert "leeway: LEEWAY_DATABASE_URL is not set" in told
    assert [line for line in told if line.startswith("leeway: LEEWAY_HTTP_PORT: ")]


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEEWAY_KAFKA_BOOTSTRAP", "kafka:9092")
    monkeypatch.setenv("LEEWAY_KAFKA_SASL_PASSWORD", "open sesame")

    settings = read_settings(KafkaSettings)

    assert "open sesame" not in repr(settings)


@pytest.mark.parametrize(
    "name",
    [
        "LEEWAY_KAFKA_BOOTSTRAP",
        "LEEWAY_TOKEN",
        "LEEWAY_TEST_KAFKA",
        "LEEWAY_API_SERVICE_HOST",
        "LEEWAY_API_SERVICE_PORT_HTTP",
        "LEEWAY_API_PORT",
        "LEEWAY_API_PORT_8080_TCP_ADDR",
        "LEEWAY_SECRET_PAGER_KEY",
        "PATH",
    ],
)
def test_what_is_known_or_is_not_ours_is_no_mistake(name: str) -> None:
    assert unknown_variables({name: "x"}) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("LEEWAY_KAFKA_BOOTSTRAPS", "did you mean LEEWAY_KAFKA_BOOTSTRAP?"),
        ("LEEWAY_TICK_SECOND", "did you mean LEEWAY_TICK_SECONDS?"),
        ("LEEWAY_QQQQQQQQ", "remove it from the environment"),
    ],
)
def test_a_misspelt_setting_is_named_with_advice(name: str, told: str) -> None:
    assert unknown_variables({name: "x"}) == [f"{name} is not a setting of Leeway; {told}"]


def test_a_login_of_which_a_part_is_missing_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEEWAY_KAFKA_BOOTSTRAP", "kafka:9092")
    monkeypatch.setenv("LEEWAY_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("LEEWAY_KAFKA_SASL_MECHANISM", "OAUTHBEARER")
    monkeypatch.setenv("LEEWAY_KAFKA_SASL_USERNAME", "leeway")

    with pytest.raises(SystemExit) as ended:
        read_settings(KafkaSettings)

    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "leeway: OAUTHBEARER over SASL_SSL needs LEEWAY_KAFKA_SASL_PASSWORD and"
        " LEEWAY_KAFKA_OAUTH_TOKEN_URL as well (the client's id and secret)\n"
    )
