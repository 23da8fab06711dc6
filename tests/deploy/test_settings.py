"""The environment that a deployment gives a service: every name a setting, every value accepted."""

import os
from collections.abc import Iterator

import pytest

from services.api.settings import ApiSettings
from services.evaluator.settings import EvaluatorSettings
from services.ingest.settings import IngestSettings
from shared.settings import KNOWN, PREFIX, ServiceSettings, unknown_variables
from tests.deploy.chart import VALUE_SETS, objects_of, read_yaml
from tests.deploy.source import CHART

KINDS: dict[str, type[ServiceSettings]] = {
    "api": ApiSettings,
    "evaluator": EvaluatorSettings,
    "ingest": IngestSettings,
}
SECRETS = {
    "LEEWAY_DATABASE_URL": "postgresql+asyncpg://leeway:secret@db/leeway",
    "LEEWAY_HEARTBEAT_URL": "https://example.com/heartbeat",
}
MOUNTED = ("LEEWAY_API_TOKENS_FILE", "LEEWAY_SECRETS_DIR")  # there only in the pod
# Settings that the chart knows by another name than settings.*, or leaves as they are.
ELSEWHERE = {
    "api_tokens_file": "api.tokens",
    "auth": "api.auth",
    "database_url": "database",
    "heartbeat_url": "evaluator.heartbeat",
    "http_port": "the image's own",
    "kafka_bootstrap": "kafka",
    "kafka_oauth_scope": "kafka.sasl.oauth",
    "kafka_oauth_token_url": "kafka.sasl.oauth",
    "kafka_sasl_mechanism": "kafka.sasl",
    "kafka_sasl_password": "kafka.sasl",
    "kafka_sasl_username": "kafka.sasl",
    "kafka_security_protocol": "kafka",
    "kafka_ssl_ca_file": "kafka.tls",
    "kafka_ssl_cert_file": "kafka.tls",
    "kafka_ssl_key_file": "kafka.tls",
    "local_run_id": "only `leeway up` sets it",
    "secrets_dir": "evaluator.receivers",
    "self_report": "api.selfReport",
}


def containers(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the module that each service's container runs, and its environment."""
    for one in objects_of(name):
        if one["kind"] == "Deployment":
            (container,) = one["spec"]["template"]["spec"]["containers"]
            env = {
                entry["name"]: entry.get("value", SECRETS.get(entry["name"], "secret"))
                for entry in container["env"]
            }
            yield container["command"][-1].rpartition(".")[2], env


@pytest.mark.parametrize("name", VALUE_SETS)
def test_every_variable_of_the_chart_is_a_setting_with_a_value_that_the_service_accepts(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set()
    for service, env in containers(name):
        assert unknown_variables(env) == []
        for variable in [variable for variable in os.environ if variable.startswith(PREFIX)]:
            monkeypatch.delenv(variable)
        given = {name: value for name, value in env.items() if name not in MOUNTED}
        for variable, value in given.items():
            monkeypatch.setenv(variable, value)
        settings = KINDS[service]()
        fields = settings.model_fields_set
        for variable in given:
            field = variable.removeprefix(PREFIX).lower()
            assert field in fields or field not in type(settings).model_fields
        seen.add(service)
    assert seen == KINDS.keys()


@pytest.mark.parametrize("name", VALUE_SETS)
def test_every_variable_of_the_jobs_is_a_setting(name: str) -> None:
    for one in objects_of(name):
        if one["kind"] == "Job":
            (container,) = one["spec"]["template"]["spec"]["containers"]
            assert {entry["name"] for entry in container["env"]} <= KNOWN


def test_every_setting_of_a_service_has_a_place_in_the_chart() -> None:
    given = read_yaml((CHART / "values.yaml").read_text())["settings"]
    placed = {"".join(f"_{c.lower()}" if c.isupper() else c for c in name) for name in given}
    settings = {field for kind in KINDS.values() for field in kind.model_fields}
    assert settings - placed - ELSEWHERE.keys() == set(), (
        "add it to `settings` in the chart's values.yaml and values.schema.json, or above"
    )
    assert placed <= settings


@pytest.mark.parametrize("service", KINDS)
def test_a_service_listens_where_the_chart_looks_for_it(service: str) -> None:
    (deployment,) = [
        one
        for one in objects_of("defaults")
        if one["kind"] == "Deployment" and one["metadata"]["name"].endswith(f"-{service}")
    ]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    ports = [port["containerPort"] for port in container["ports"]]
    assert ports == [KINDS[service].model_fields["http_port"].default]
