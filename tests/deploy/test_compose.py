"""The stack for Docker: what it mounts exists, what it sets is known, what it starts is ours."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import compose_spec
import pytest
from ruamel.yaml import YAML

from services.api.settings import ApiSettings
from services.evaluator.settings import EvaluatorSettings
from services.ingest.settings import IngestSettings
from shared.settings import ServiceSettings, unknown_variables
from tests.conftest import missing
from tests.deploy.chart import read_yaml
from tests.deploy.source import DEPLOY, ROOT
from tests.deploy.stack import JOBS
from tests.e2e.running import leeway
from tests.support.kafka.broker import Broker
from tests.support.kafka.packages import NoKafka
from tests.support.port import free_port

FILE = DEPLOY / "compose.yaml"
COMPOSE: dict[str, Any] = YAML(typ="safe").load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
KINDS: dict[str, type[ServiceSettings]] = {
    "api": ApiSettings,
    "evaluator": EvaluatorSettings,
    "ingest": IngestSettings,
}


def ours() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, service in SERVICES.items():
        if service["image"] == "leeway:local":
            yield name, service


def mounts() -> Iterator[tuple[str, str, str]]:
    """Yield each mounted path with where it appears, and the service that sees it."""
    for name, service in SERVICES.items():
        for volume in service.get("volumes", ()):
            source, target, *_ = volume.split(":")
            yield name, source, target


def test_the_file_is_what_docker_compose_understands() -> None:
    found = compose_spec.PyCompose.from_json(json.dumps(COMPOSE))
    assert set(found.service_names()) == SERVICES.keys()


def test_what_is_mounted_exists_or_is_a_volume() -> None:
    for name, source, _ in mounts():
        if source.startswith("."):
            assert (FILE.parent / source).resolve().exists(), f"{name}: {source}"
        else:
            assert source in COMPOSE["volumes"], f"{name}: {source}"


def test_the_image_is_built_from_our_dockerfile() -> None:
    for name, service in ours():
        context = (FILE.parent / service["build"]["context"]).resolve()
        assert context == ROOT, name
        assert (context / service["build"]["dockerfile"]).is_file(), name


def test_every_variable_is_a_setting_with_a_value_that_the_service_accepts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, service in ours():
        assert unknown_variables(service["environment"]) == [], name
        for variable, value in service["environment"].items():
            monkeypatch.setenv(variable, value)
        if name in KINDS:
            KINDS[name]()
    assert KINDS.keys() <= dict(ours()).keys()


def test_it_waits_only_for_services_that_it_has_and_that_say_when_they_are_ready() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for {other}"
            else:
                assert SERVICES[other]["restart"] == "on-failure", other


def test_only_this_machine_reaches_its_ports() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_our_containers_need_no_rights_and_write_nothing() -> None:
    for name, service in ours():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name


def test_prometheus_scrapes_every_service_where_it_listens() -> None:
    config = read_yaml((DEPLOY / "compose" / "prometheus.yaml").read_text())
    scraped = {}
    for job in config["scrape_configs"]:
        assert job["honor_labels"] is True
        (target,) = job["dns_sd_configs"]
        assert target["names"] == [job["job_name"]]
        scraped[job["job_name"]] = target["port"]
    assert scraped == {n: kind.model_fields["http_port"].default for n, kind in KINDS.items()}
    assert scraped.keys() == set(JOBS)


def test_grafana_finds_its_source_and_its_dashboards() -> None:
    targets = {target: source for name, source, target in mounts() if name == "grafana"}
    (provider,) = read_yaml((DEPLOY / "compose/grafana/dashboards.yaml").read_text())["providers"]
    assert targets[provider["options"]["path"]] == "./grafana/dashboards"
    (source,) = read_yaml((DEPLOY / "compose/grafana/source.yaml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (DEPLOY / "grafana" / home.lstrip("/")).is_file()


@pytest.mark.parametrize(
    ("program", "arguments", "file"),
    [
        ("promtool", ("check", "config"), "prometheus.yaml"),
        ("amtool", ("check-config",), "alertmanager.yaml"),
    ],
)
def test_the_tools_of_prometheus_accept_their_files(
    tmp_path: Path, program: str, arguments: tuple[str, ...], file: str
) -> None:
    found = shutil.which(program)
    if found is None:
        missing(f"no {program} here: install Prometheus and Alertmanager")
    assert found is not None
    shutil.copy(DEPLOY / "compose" / file, tmp_path)
    shutil.copy(DEPLOY / "prometheus" / "rules.yaml", tmp_path)
    run = subprocess.run(
        [found, *arguments, tmp_path / file], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def as_properties(environment: dict[str, str]) -> str:
    """Return what Kafka's image makes of its environment, for a broker on this machine alone."""
    text = "".join(
        f"{name.removeprefix('KAFKA_').lower().replace('_', '.')}={value}\n"
        for name, value in environment.items()
    )
    here = {"://kafka:": "://127.0.0.1:", "://:": "://127.0.0.1:", "localhost": "127.0.0.1"}
    ports = {":9092": ":$port", ":9093": f":{free_port()}", ":29092": f":{free_port()}"}
    folder = {environment["KAFKA_LOG_DIRS"]: "$folder/logs"}
    for written, meant in (here | ports | folder).items():
        text = text.replace(written, meant)
    return text


def test_kafka_starts_with_its_settings_and_takes_our_topics(tmp_path: Path) -> None:
    try:
        broker = Broker(tmp_path, properties=as_properties(SERVICES["kafka"]["environment"]))
    except NoKafka as error:
        missing(error)
    try:
        broker.format()
        broker.start()
        env = {"LEEWAY_KAFKA_BOOTSTRAP": broker.bootstrap}
        _, *arguments = SERVICES["topics"]["command"]
        created = leeway(*arguments, env=env)
        assert created.code == 0, created.err
        assert leeway("topics", "check", env=env).code == 0
    finally:
        broker.stop()
