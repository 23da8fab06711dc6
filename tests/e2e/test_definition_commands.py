"""Definitions over the command line: applied, compared, deleted, looked back at, exported."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.promise import Promise, promise
from tests.e2e.running import Running, leeway, local_stack

SERVICE = (
    "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: %s, labels: {team: %s}}\nspec: {}\n"
)


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, shared_database: tuple[str, ...]
) -> Iterator[Running]:
    with local_stack(tmp_path_factory.mktemp("stack") / "data", *shared_database) as running:
        yield running


def applied(stack: Running, folder: Path, service: str) -> Promise:
    made = promise(folder, service)
    done = stack.leeway("apply", str(made.file))
    assert done.code == 0, done.err
    return made


def retarget(made: Promise, target: str) -> None:
    made.file.write_text(made.file.read_text().replace("target: 0.9", f"target: {target}"))


def test_a_difference_is_shown_and_answered_by_the_exit_code(
    stack: Running, tmp_path: Path
) -> None:
    made = applied(stack, tmp_path, "differing")
    assert stack.leeway("diff", str(made.file)).code == 0
    retarget(made, "0.8")

    shown = stack.leeway("diff", str(made.file))
    told = stack.leeway("apply", str(made.file))

    assert shown.code == 1
    assert "-    target: 0.9" in shown.out
    assert "+    target: 0.8" in shown.out
    assert "+    target: 0.8" in told.err
    assert told.out == f"SLO/{made.slo} changed\n"


def test_counting_something_else_is_said_before_it_is_done(stack: Running, tmp_path: Path) -> None:
    made = applied(stack, tmp_path, "recounted")
    made.file.write_text(made.file.read_text().replace("status < 500", "status < 400"))

    told = stack.leeway("apply", str(made.file), "--dry-run")

    assert f"SLO/{made.slo}: what it counts changes, so its counters start anew" in told.err


def test_pruning_deletes_what_has_the_labels_and_is_not_in_the_files(
    stack: Running, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(SERVICE % ("pruned-1", "pruned"))
    second.write_text(SERVICE % ("pruned-2", "pruned"))
    assert stack.leeway("apply", str(tmp_path)).code == 0
    second.unlink()

    without = stack.leeway("apply", str(tmp_path), "--prune")
    done = stack.leeway("apply", str(tmp_path), "--prune", "-l", "team=pruned")

    assert without.code == 2
    assert "--prune needs -l" in without.err
    assert done.out == "Service/pruned-2 deleted\n"
    assert "-kind: Service" in done.err


def test_a_revision_that_is_not_in_force_any_more_names_who_changed_what(
    stack: Running, tmp_path: Path
) -> None:
    made = applied(stack, tmp_path, "contested")
    base = stack.get("/v1/definitions")["revision"]
    retarget(made, "0.8")
    env = {"LEEWAY_SERVER": stack.url, "LEEWAY_USER": "ann é"}
    assert leeway("apply", str(made.file), env=env).code == 0
    retarget(made, "0.8")
    made.file.write_text(made.file.read_text().replace("target: 0.8", "target: 0.7"))

    refused = stack.leeway("apply", str(made.file), "--revision", str(base))

    assert refused.code == 1
    assert "by ann é at" in refused.err
    assert f"SLO/{made.slo} changed" in refused.err


def test_what_others_need_stays_unless_it_goes_with_them(stack: Running, tmp_path: Path) -> None:
    made = applied(stack, tmp_path, "deleted")

    missing = stack.leeway("delete", "slo", "nowhere")
    one = stack.leeway("delete", f"SLO/{made.slo}", "--dry-run")  # as apply names it
    both = stack.leeway("delete", "-f", str(made.file))

    assert (missing.code, one.code, both.code) == (1, 0, 0)
    assert "no SLO named 'nowhere'" in missing.err
    assert one.out == f"SLO/{made.slo} deleted (dry run)\n"
    assert both.out == f"SLO/{made.slo} deleted\nService/deleted deleted\n"


def test_history_tells_who_changed_what_and_how_two_versions_differ(
    stack: Running, tmp_path: Path
) -> None:
    made = applied(stack, tmp_path, "remembered")
    before = stack.get("/v1/definitions")["revision"]
    retarget(made, "0.8")
    assert stack.leeway("apply", str(made.file)).code == 0

    listed = stack.leeway("history", "slo", made.slo, "-o", "json")
    between = stack.leeway("history", "slo", made.slo, "--between", str(before), str(before + 1))
    diffs = stack.leeway("history", "SLO", made.slo, "--diff", "--limit", "1")
    everything = stack.leeway("history", "--limit", "3")

    changes = json.loads(listed.out)["items"]
    assert [change["action"] for change in changes] == ["changed", "created"]
    assert "+    target: 0.8" in between.out
    assert "+    target: 0.8" in diffs.out
    assert len(everything.out.splitlines()) == 4


def test_applying_what_was_exported_changes_nothing(stack: Running, tmp_path: Path) -> None:
    applied(stack, tmp_path, "exported")
    folder = tmp_path / "backup"

    done = stack.leeway("export", str(folder))
    again = stack.leeway("export", str(folder))
    difference = stack.leeway("diff", str(folder))
    piped = stack.leeway("diff", "-", given=stack.leeway("export").out.encode())

    assert done.code == 0, done.err
    assert (folder / "SLO" / "exported-availability.yaml").exists()
    assert (again.code, "--overwrite" in again.err) == (2, True)
    assert (difference.code, difference.out) == (0, "")
    assert (piped.code, piped.out) == (0, "")


def test_definitions_of_a_kind_are_listed_and_shown_as_they_were_applied(
    stack: Running, tmp_path: Path
) -> None:
    applied(stack, tmp_path, "shown")

    table = stack.leeway("get", "services", "shown").out
    body = stack.leeway("get", "Service", "shown", "-o", "json").out
    everything = stack.leeway("get", "definitions", "--kind", "SLO", "-o", "json").out

    assert table.splitlines()[1].split()[:2] == ["Service", "shown"]
    assert json.loads(body)["metadata"] == {"name": "shown"}
    assert {item["kind"] for item in json.loads(everything)["items"]} == {"SLO"}
