"""Notification targets: what their annotations become, and what is refused."""

import pytest

from shared.definitions.compile import compile_catalogue
from shared.domain.target import File, Target, TargetKind, Variable, Written
from tests.unit.definitions.builder import (
    Body,
    condition,
    definition,
    errors,
    policy,
    slo,
    target,
    warnings,
)

AT = "metadata.annotations"


def a_target(written: str = "on-call", **annotations: str) -> Body:
    own = {f"leeway/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return definition("AlertNotificationTarget", "on-call", {"target": written}, own)


def compiled(*bodies: Body) -> dict[str, Target]:
    catalogue = compile_catalogue(list(bodies), revision=1, counted_from={})
    return dict(catalogue.targets)


MAIL = {"url": "smtp://mail:587", "to": "a@b.c, d@e.f", "from": "leeway@b.c"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            a_target(url="http://am-1:9093, http://am-2:9093", type="alertmanager"),
            Target(
                "on-call", TargetKind.ALERTMANAGER, Written("http://am-1:9093, http://am-2:9093")
            ),
        ),
        (
            a_target(routing_key_env="PD_KEY"),
            Target("on-call", TargetKind.PAGERDUTY, secret=Variable("PD_KEY")),
        ),
        (
            a_target(api_key_file="opsgenie/key"),
            Target("on-call", TargetKind.OPSGENIE, secret=File("opsgenie/key")),
        ),
        (
            a_target("jira-service-management", api_key_env="JSM_KEY"),
            Target("on-call", TargetKind.JIRA, secret=Variable("JSM_KEY")),
        ),
        (
            a_target("Slack", url_env="SLACK_URL"),
            Target("on-call", TargetKind.SLACK, Variable("SLACK_URL")),
        ),
        (
            a_target(**MAIL, user="u", secret_env="MAIL_PASSWORD"),
            Target(
                "on-call",
                TargetKind.EMAIL,
                Written("smtp://mail:587"),
                Variable("MAIL_PASSWORD"),
                ("a@b.c", "d@e.f"),
                "leeway@b.c",
                "u",
            ),
        ),
        (
            a_target(url="https://x.example.com", secret_env="SIGNING_KEY"),
            Target(
                "on-call",
                TargetKind.WEBHOOK,
                Written("https://x.example.com"),
                Variable("SIGNING_KEY"),
            ),
        ),
        (
            a_target(url_env="X", type="apprise"),
            Target("on-call", TargetKind.APPRISE, Variable("X")),
        ),
        (a_target("slack"), Target("on-call")),
    ],
)
def test_annotations_become_a_target(body: Body, expected: Target) -> None:
    assert errors(body) == {}
    assert compiled(body) == {"on-call": expected}


def test_targets_written_in_place_are_known_by_name_and_documents_go_first() -> None:
    inline = {key: a_target(url="https://inline.example.com")[key] for key in ("metadata", "spec")}
    of_policy = policy(changes={"spec.notificationTargets[0]": inline})
    of_slo = slo(changes={"spec.alertPolicies": [{"metadata": {"name": "p"}, **of_policy}]})
    for holder in (of_policy, of_slo):
        assert compiled(holder)["on-call"].url == Written("https://inline.example.com")
        assert compiled(holder, target())["on-call"].url == Written("https://alerts.example.com")


@pytest.mark.parametrize(
    ("body", "key", "message"),
    [
        (a_target(type="pager"), "type", "is none of alertmanager"),
        (a_target(url="ftp://x"), "url", "begins with http:// or https://"),
        (a_target(**MAIL | {"url": "https://x"}), "url", "begins with smtp:// or smtps://"),
        (a_target(url="https://u:p@x"), "url", "holds a password"),
        (a_target("slack", url="https://hooks.slack.com/x"), "url", "leeway/url-env"),
        (a_target("apprise", url="discord://a/b"), "url", "leeway/url-env"),
        (a_target(url="https://x", url_env="X"), "url-env", "is given twice"),
        (a_target(url="https://x", secret_env="k3y!"), "secret-env", "the value itself does not"),
        (a_target(url_env="LEEWAY_DATABASE_URL"), "url-env", "is a setting of Leeway's own"),
        (a_target(url_env="LEEWAY_PAGER"), "url-env", "a name that begins with LEEWAY_SECRET_"),
        (a_target(url_file="../../etc/passwd"), "url-file", "the folder for secrets"),
        (a_target(url_file="/etc/passwd"), "url-file", "the folder for secrets"),
        (a_target(to="nobody"), "to", "no e-mail address"),
    ],
)
def test_what_cannot_be_meant_or_gives_a_secret_away_is_refused(
    body: Body, key: str, message: str
) -> None:
    found = errors(body)
    assert list(found) == [f"{AT}['leeway/{key}']"]
    assert message in next(iter(found.values()))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (a_target("slack"), "says nowhere where to send to"),
        (a_target("pagerduty", url="https://x"), "pagerduty needs leeway/routing-key-env"),
        (a_target(to="a@b.c"), "email needs the mail server in leeway/url"),
    ],
)
def test_a_target_that_cannot_be_notified_yet_is_a_warning(body: Body, message: str) -> None:
    assert errors(body) == {}
    assert message in warnings(body)["metadata"]


def test_what_is_written_in_place_is_checked_as_well() -> None:
    inline = a_target(url="ftp://x")
    del inline["apiVersion"]
    found = errors(policy(changes={"spec.notificationTargets[0]": inline}), condition(), slo())
    assert list(found) == [f"spec.notificationTargets[0].{AT}['leeway/url']"]
