"""The Helm chart: linted and rendered by Helm itself, checked against Kubernetes' own schemas."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import pytest

from shared.runtime import GRACE_SECONDS
from tests.deploy import crd
from tests.deploy.chart import (
    NAMESPACE,
    SNAPSHOTS,
    VALUE_SETS,
    Manifest,
    objects,
    objects_of,
    read_yaml,
    snapshot_of,
    values_of,
)
from tests.deploy.source import CHART, DEPLOY

OLDEST = "1.27"  # as Chart.yaml says
VERSIONS = (OLDEST, "1.33", kubernetes_validate.latest_version())
ALL = pytest.mark.parametrize("name", VALUE_SETS)


def of_kind(name: str, kind: str) -> list[Manifest]:
    return [one for one in objects_of(name) if one["kind"] == kind]


def pods(name: str) -> Iterator[tuple[str, dict[str, Any], dict[str, str]]]:
    """Yield each pod's owner, its spec and its labels."""
    for one in objects_of(name):
        if one["kind"] == "Pod":
            yield one["metadata"]["name"], one["spec"], one["metadata"]["labels"]
        elif "template" in one.get("spec", {}):
            template = one["spec"]["template"]
            yield one["metadata"]["name"], template["spec"], template["metadata"]["labels"]


@ALL
def test_helm_lint_strict_finds_no_error_and_no_warning(name: str) -> None:
    findings = helm_python.lint(CHART, values_of(name), strict=True)
    assert findings["errors"] == []
    assert [one for one in findings["messages"] if one["severity"] > 1] == []


@ALL
@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_valid_kubernetes_of_every_supported_age(name: str, version: str) -> None:
    for manifest in objects_of(name):
        if crd.is_known(manifest):
            crd.check(manifest)
        else:
            kubernetes_validate.validate(manifest, version, strict=True)


def test_the_oldest_kubernetes_is_the_one_that_the_chart_asks_for() -> None:
    assert read_yaml((CHART / "Chart.yaml").read_text())["kubeVersion"] == f">={OLDEST}.0-0"


@ALL
def test_what_is_rendered_is_what_was_looked_at(name: str) -> None:
    stored = SNAPSHOTS / f"{name}.yaml"
    assert stored.read_text() == snapshot_of(name), (
        "rendered otherwise than stored: if that is meant, run `python -m tests.deploy.chart`"
    )


def test_there_is_no_snapshot_of_nothing() -> None:
    assert sorted(path.stem for path in SNAPSHOTS.iterdir()) == VALUE_SETS


def test_the_value_sets_render_every_kind_that_the_templates_can_make() -> None:
    made = {one["kind"] for name in VALUE_SETS for one in objects_of(name)}
    texts = "".join(path.read_text() for path in (CHART / "templates").rglob("*.yaml"))
    assert {*re.findall(r"^kind: (\w+)$", texts, re.MULTILINE)} <= made
    assert {"PodMonitor", "ServiceMonitor"} <= made


@ALL
def test_names_are_unique_and_everything_is_in_the_release_s_namespace(name: str) -> None:
    found = [(one["kind"], one["metadata"]["name"]) for one in objects_of(name)]
    assert len(found) == len(set(found))
    for one in objects_of(name):
        if one["kind"] != "KafkaTopic":
            assert one["metadata"]["namespace"] == NAMESPACE


@ALL
def test_every_pod_is_locked_down(name: str) -> None:
    for owner, spec, _ in pods(name):
        assert spec["enableServiceLinks"] is False, owner
        assert spec["automountServiceAccountToken"] is False, owner
        assert spec["securityContext"]["runAsNonRoot"] is True, owner
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, owner
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, owner


@ALL
def test_the_pods_user_is_the_image_s(name: str) -> None:
    users = re.findall(r"^USER (\d+):(\d+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    for owner, spec, _ in pods(name):
        context = spec["securityContext"]
        assert [(str(context["runAsUser"]), str(context["runAsGroup"]))] == users, owner


@ALL
def test_every_container_says_what_it_needs_but_is_not_throttled(name: str) -> None:
    for deployment in of_kind(name, "Deployment"):
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}
            assert container["resources"]["limits"].keys() == {"memory"}


@ALL
def test_a_service_gets_the_time_to_finish_that_it_takes(name: str) -> None:
    closing = 10  # connections, after all work is done
    for deployment in of_kind(name, "Deployment"):
        spec = deployment["spec"]["template"]["spec"]
        hook = spec["containers"][0].get("lifecycle", {}).get("preStop", {})
        command = hook.get("exec", {}).get("command", ["sleep", "0"])
        needed = int(command[1]) + GRACE_SECONDS + closing
        assert spec["terminationGracePeriodSeconds"] >= needed


@ALL
def test_selectors_choose_the_pods_of_one_deployment_and_no_job_s(name: str) -> None:
    owners = list(pods(name))
    selectors = [
        (one, one["spec"].get("selector") if one["kind"] == "Service" else labels_of(one))
        for one in objects_of(name)
        if one["kind"] in {"Service", "Deployment", "PodDisruptionBudget", "NetworkPolicy"}
    ]
    assert selectors
    for one, selector in selectors:
        assert selector
        chosen = [owner for owner, _, labels in owners if selector.items() <= labels.items()]
        assert chosen == [one["metadata"]["name"]]


def labels_of(one: Manifest) -> dict[str, str]:
    """Return the labels that a Deployment, a budget or a policy selects by."""
    spec = one["spec"]
    labels: dict[str, str] = (spec.get("selector") or spec["podSelector"])["matchLabels"]
    return labels


@ALL
def test_the_migration_needs_nothing_that_the_release_makes(name: str) -> None:
    (job,) = [one for one in of_kind(name, "Job") if one["metadata"]["name"].endswith("-migration")]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    made = {one["metadata"]["name"] for one in objects_of(name) if one["kind"] != "Job"}
    spec = job["spec"]["template"]["spec"]
    assert spec.get("serviceAccountName") not in made
    assert "volumes" not in spec
    assert spec["containers"][0]["command"] == ["leeway", "db", "upgrade"]


@ALL
def test_what_scales_itself_is_not_set_back_by_an_upgrade(name: str) -> None:
    scaled = {
        one["spec"]["scaleTargetRef"]["name"]
        for one in objects_of(name)
        if one["kind"] in {"HorizontalPodAutoscaler", "ScaledObject"}
    }
    for deployment in of_kind(name, "Deployment"):
        chosen = deployment["metadata"]["name"] in scaled
        assert ("replicas" in deployment["spec"]) is not chosen


@pytest.mark.parametrize("kind", ["PodMonitor", "ServiceMonitor"])
def test_a_scrape_keeps_the_label_service_of_the_measured_service(kind: str) -> None:
    monitoring = {"monitor": {"enabled": True, "kind": kind}}
    (monitor,) = [one for one in objects({"monitoring": monitoring}) if one["kind"] == kind]
    (endpoint,) = monitor["spec"].get("podMetricsEndpoints") or monitor["spec"]["endpoints"]
    assert endpoint["honorLabels"] is True


def test_topics_outlive_the_release() -> None:
    topics = of_kind("operators", "KafkaTopic")
    assert {topic["metadata"]["name"] for topic in topics} == {
        "leeway.counts.v1",
        "leeway.dead-letters.v1",
        "leeway.requests.v1",
        "leeway.uptime.v1",
        "leeway.work.v1",
        "shop.orders.v2",
    }
    for topic in topics:
        assert topic["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        assert topic["spec"]["config"]["cleanup.policy"] == "delete"


def test_dashboards_are_the_files_themselves() -> None:
    files = {path.name: path.read_text() for path in (DEPLOY / "grafana/dashboards").glob("*.json")}
    maps = [
        one["data"]
        for one in of_kind("secured", "ConfigMap")
        if "-dashboard-" in one["metadata"]["name"]
    ]
    assert files
    assert {name: json.loads(text) for one in maps for name, text in one.items()} == {
        name: json.loads(text) for name, text in files.items()
    }


def test_a_packed_chart_holds_what_lies_outside_its_folder(tmp_path: Path) -> None:
    packed = helm_python.package(CHART, destination=tmp_path)
    with helm_python.Chart.load(packed) as chart:
        names = {file["name"] for file in chart.files}
    assert "rules.yaml" in names
    assert any(name.startswith("dashboards/") for name in names)


OAUTH = {"mechanism": "OAUTHBEARER", "secret": "client"}
REFUSED = [
    ({"kafka": {"securityProtocol": "SASL_SSL", "sasl": OAUTH}}, "kafka.sasl.oauth.tokenUrl"),
    (values_of("oauth") | {"ingest": {"keda": {"enabled": True}}}, "ingest.keda cannot log in"),
    ({"kafka": {"bootstrp": "kafka:9092"}}, "bootstrp"),
    ({"kafka": {"bootstrap": ""}}, "bootstrap"),
    ({"settings": {"tickSecond": 1}}, "tickSecond"),
    ({"settings": {"logLevel": "chatty"}}, "logLevel"),
    ({"image": {"digest": "latest"}}, "digest"),
    ({"database": {"secret": ""}}, "database.secret"),
    ({"kafka": {"securityProtocol": "SASL_SSL"}}, "kafka.sasl.secret"),
    ({"ingest": {"autoscaling": {"enabled": True}, "keda": {"enabled": True}}}, "exclude each"),
    ({"evaluator": {"replicas": 25}}, "25 evaluators cannot share 24 partitions"),
    ({"evaluator": {"autoscaling": {"enabled": True, "maxReplicas": 30}}}, "30 evaluators"),
    ({"api": {"autoscaling": {"minReplicas": 9}}}, "api.autoscaling"),
    ({"api": {"ingress": {"enabled": True}}}, "api.ingress.hosts"),
    ({"definitions": {"files": {"a.yaml": "x"}, "configMap": "b"}}, "exclude each other"),
    ({"definitions": {"files": {"a.txt": "x"}}}, "a.txt"),
]


@pytest.mark.parametrize(("values", "told"), REFUSED, ids=[told for _, told in REFUSED])
def test_what_cannot_work_is_refused_with_its_name(values: dict[str, Any], told: str) -> None:
    with pytest.raises(helm_python.HelmError, match=re.escape(told)):
        list(objects(values))


def test_every_value_is_known_to_the_schema() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())

    def known(values: object, part: dict[str, Any], path: str) -> Iterator[str]:
        part = schema["definitions"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        properties = part.get("properties")
        if properties is None or not isinstance(values, dict):
            return
        assert values.keys() == properties.keys() - {"global", "claims", "requests", "limits"} or (
            path.endswith("resources")
        ), path
        for name, value in values.items():
            yield f"{path}.{name}"
            yield from known(value, properties[name], f"{path}.{name}")

    values = read_yaml((CHART / "values.yaml").read_text())
    assert len(list(known(values, schema, ""))) > 150


def test_the_readme_names_every_group_of_values() -> None:
    text = (CHART / "README.md").read_text()
    for group in read_yaml((CHART / "values.yaml").read_text()):
        assert f"`{group}`" in text or f"`{group}." in text, group
