from pathlib import Path

import pytest

from services.evaluator.delivery.access import Secrets
from services.evaluator.delivery.backoff import LONGEST_SECONDS, pause
from services.evaluator.delivery.outcome import Refused, Unreached
from shared.domain.target import File, Variable, Written
from tests.unit.evaluator.delivery.build import target


def test_secrets_come_from_the_environment_and_from_files(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://x.example.com/t0ken\n")
    secrets = Secrets(tmp_path, {"KEY": "k3y"})
    access = secrets.access(target(url=File("url"), secret=Variable("KEY")))
    assert (access.url, access.secret) == ("https://x.example.com/t0ken", "k3y")


def test_what_an_answer_repeats_of_a_secret_is_hidden() -> None:
    secrets = Secrets(environment={"KEY": "k3y", "URL": "https://x.example.com/t0ken"})
    access = secrets.access(target(url=Variable("URL")))
    assert access.scrubbed("no k3y for https://x.example.com/t0ken") == "no *** for ***"
    written = secrets.access(target(url=Written("https://x.example.com")))
    assert written.scrubbed("no https://x.example.com") == "no https://x.example.com"


@pytest.mark.parametrize(
    "told",
    [
        "Cannot POST /hooks/T024/sup%40ersecret",
        "no channel sup@ersecret",
        "who is p4ssw0rd?",
        "the key k3y-0f-ours is unknown",
        "cannot reach https://ann:p4ssw0rd@x.example.com/hooks/T024/sup%40ersecret?key=k3y-0f-ours",
    ],
)
def test_a_part_of_a_secret_address_is_hidden_as_well(told: str) -> None:
    url = "https://ann:p4ssw0rd@x.example.com/hooks/T024/sup%40ersecret?key=k3y-0f-ours"
    access = Secrets(environment={"KEY": "k", "URL": url}).access(target(url=Variable("URL")))
    shown = access.scrubbed(told)
    assert "***" in shown
    assert not any(word in shown for word in ("sup", "p4ss", "k3y"))


def test_a_secret_that_is_not_there_yet_may_come_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    secrets = Secrets(tmp_path, {"KEY": "k"})
    for url, name in (
        (Variable("URL"), "environment variable URL"),
        (File("gone"), "file gone"),
        (File("empty"), "file empty"),
    ):
        with pytest.raises(Unreached, match=name):
            secrets.access(target(url=url))
    with pytest.raises(Unreached, match="LEEWAY_SECRETS_DIR"):
        Secrets(environment={"KEY": "k"}).access(target(url=File("x")))


def test_a_definition_cannot_send_leeways_own_secrets_or_other_files_away(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "other").write_text("x")
    (tmp_path / "secrets" / "link").symlink_to(tmp_path / "other")
    environment = {"LEEWAY_DATABASE_URL": "x", "LEEWAY_KAFKA_SASL_PASSWORD": "x"}
    secrets = Secrets(tmp_path / "secrets", environment)
    for secret in (*map(Variable, environment), File("../other"), File("link")):
        with pytest.raises(Refused, match=r"Leeway's own|not inside the folder"):
            secrets.access(target(secret=secret))


def test_a_target_that_lacks_something_is_refused_with_what_it_lacks() -> None:
    with pytest.raises(Refused, match="needs leeway/url"):
        Secrets(environment={"KEY": "k"}).access(target(url=None))
    with pytest.raises(Refused, match="its address is empty"):
        Secrets(environment={"KEY": "k"}).access(target(url=Written(" , ")))


def test_pauses_double_up_to_five_minutes_and_half_of_each_is_left_to_chance() -> None:
    assert [pause(n, 0.999999) for n in (1, 2, 3)] == pytest.approx([5, 10, 20], rel=1e-3)
    assert pause(1, 0.0) == 2.5
    assert LONGEST_SECONDS / 2 <= pause(1_000_000, 0.5) <= LONGEST_SECONDS
