"""What the shell learns from the real command, without any server."""

import json
from pathlib import Path

import pytest

from shared.definitions.schema import json_schema
from tests.e2e.command import Command
from tests.e2e.running import leeway as leeway_process
from tests.support.port import free_port
from tests.unit.definitions.builder import slo

NOWHERE = "http://127.0.0.1:1"
VALID = "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: a}\nspec: {}\n"


@pytest.fixture
def valid(tmp_path: Path) -> Path:
    path = tmp_path / "valid.yaml"
    path.write_text(VALID)
    return path


def test_valid_files_end_with_0_and_invalid_ones_with_1(
    leeway: Command, valid: Path, tmp_path: Path
) -> None:
    assert leeway("validate", str(valid)).code == 0
    invalid = tmp_path / "invalid.yaml"
    invalid.write_text(VALID.replace("name: a", "name: A_b"))
    answer = leeway("validate", str(tmp_path), "-o", "json")
    assert answer.code == 1
    files = {file["path"]: file for file in json.loads(answer.out)["files"]}
    assert files[str(valid)]["valid"]
    (error,) = files[str(invalid)]["errors"]
    assert (error["line"], error["path"]) == (3, "metadata.name")


UNTIDY = "kind: Service\napiVersion: openslo/v1\n# who\nmetadata: {name: a}\n"
TIDY = "apiVersion: openslo/v1\nkind: Service\n# who\nmetadata: {name: a}\n"


def test_files_are_formatted_in_place_and_checked(leeway: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(UNTIDY)
    path.chmod(0o640)
    checked = leeway("fmt", "--check", str(tmp_path))
    assert (checked.code, checked.out, path.read_text()) == (1, f"{path}\n", UNTIDY)
    shown = leeway("fmt", "--diff", str(path))
    assert (shown.code, "(formatted)\n@@" in shown.out, path.read_text()) == (0, True, UNTIDY)
    assert leeway("fmt", str(tmp_path)).code == 0
    assert (path.read_text(), path.stat().st_mode & 0o777) == (TIDY, 0o640)
    assert leeway("fmt", "--check", str(tmp_path)).code == 0
    assert list(tmp_path.iterdir()) == [path]


def test_formatting_reads_a_pipe_and_writes_another_form(leeway: Command, tmp_path: Path) -> None:
    assert leeway("fmt", "-", given=UNTIDY.encode()).out == TIDY
    as_json = leeway("fmt", "-", "-o", "json", given=UNTIDY.encode()).out
    assert list(json.loads(as_json)) == ["apiVersion", "kind", "metadata"]
    path = tmp_path / "a.yaml"
    path.write_text(UNTIDY)
    assert json.loads(leeway("fmt", "--stdout", "-o", "json", str(path)).out) == json.loads(as_json)
    assert leeway("fmt", "-o", "json", str(path)).code == 2


def test_what_cannot_be_formatted_is_named_and_the_rest_is(leeway: Command, tmp_path: Path) -> None:
    for name, text in (("a.yaml", "a: [\n"), ("b.yaml", UNTIDY)):
        (tmp_path / name).write_text(text)
    answer = leeway("fmt", str(tmp_path))
    assert (answer.code, answer.out) == (1, f"{tmp_path / 'b.yaml'}\n")
    assert f"{tmp_path / 'a.yaml'}:2:1" in answer.err


def test_files_are_explained_without_a_server(leeway: Command, tmp_path: Path) -> None:
    path = tmp_path / "slo.json"
    path.write_text(json.dumps(slo()))
    told = leeway("explain", "-f", str(path))
    assert (told.code, "43.2 min of full outage" in told.out) == (0, True)
    assert leeway("explain", "other", "-f", str(path)).code == 1
    path.write_text(json.dumps(slo(changes={"spec.servce": "x"})))
    refused = leeway("explain", "-f", str(path))
    assert (refused.code, "did you mean 'service'?" in refused.err) == (1, True)


def test_the_schema_is_printed_as_json(leeway: Command) -> None:
    printed = json.loads(leeway("schema").out)
    assert printed == json_schema()


def test_definitions_may_come_from_standard_input(leeway: Command) -> None:
    assert leeway("validate", "-", given=VALID.encode()).code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", "/does/not/exist.yaml"),
        ("validate",),
        ("nonsense",),
        ("status", "--nonsense"),
        ("status", "--server", "nonsense"),
        ("send", "/does/not/exist.jsonl"),
        ("send", "-", "--topic", "t"),
        ("topics", "create"),
        ("db", "upgrade"),
        ("up", "--port", "0"),
        ("up", "--data", "/dev/null/folder"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(leeway: Command, arguments: tuple[str, ...]) -> None:
    ended = leeway(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "--server", NOWHERE),
        ("get", "slos", "--server", NOWHERE),
        ("send", "-", "--server", NOWHERE),
    ],
)
def test_a_server_that_cannot_be_reached_ends_with_3(
    leeway: Command, arguments: tuple[str, ...]
) -> None:
    ended = leeway(*arguments, given=b'{"service":"a"}\n')
    assert (ended.code, ended.out) == (3, "")
    assert NOWHERE in ended.err
    assert "--server" in ended.err
    assert "Traceback" not in ended.err


def test_definitions_without_a_server_end_with_3(leeway: Command, valid: Path) -> None:
    assert leeway("apply", str(valid), "--server", NOWHERE).code == 3


def test_a_broker_that_cannot_be_reached_ends_with_3() -> None:
    env = {"LEEWAY_KAFKA_BOOTSTRAP": f"127.0.0.1:{free_port()}"}
    ended = leeway_process("send", "-", "--topic", "t", given=b'{"service":"a"}\n', env=env)
    assert ended.code == 3, ended.err
    assert "Traceback" not in ended.err


def test_a_misspelt_setting_is_named_before_anything_is_done(leeway: Command) -> None:
    ended = leeway("status", env={"LEEWAY_SERVRE": NOWHERE})
    assert ended.code == 2
    assert "did you mean LEEWAY_SERVER?" in ended.err


def test_a_database_is_upgraded_once_and_for_all(empty_database_url: str) -> None:
    env = {"LEEWAY_DATABASE_URL": empty_database_url}
    assert leeway_process("db", "upgrade", env=env).code == 0
    assert leeway_process("db", "upgrade", env=env).code == 0


def test_the_version_goes_to_stdout() -> None:
    ended = leeway_process("--version")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("leeway ")


@pytest.mark.parametrize(
    ("matcher", "said"),
    [
        ("lst", "'lst' is no matcher: write LABEL=VALUE"),
        ("=x", "'=x' is no matcher"),
        ("team=a", "there is no label 'team'; there are slo, objective"),
        ("slo=~(", "is no regular expression (RE2)"),
    ],
)
def test_a_silence_whose_matcher_makes_no_sense_is_a_mistake_in_the_call(
    leeway: Command, matcher: str, said: str
) -> None:
    answer = leeway("silence", matcher, "--for", "2h", "--server", NOWHERE)
    assert (answer.code, said in answer.err) == (2, True), answer.err


@pytest.mark.parametrize("kind", ["slos", "alerts"])
def test_a_state_that_does_not_exist_is_wrong_usage(leeway: Command, kind: str) -> None:
    answer = leeway("get", kind, "--state", "broken", "--server", NOWHERE)
    assert answer.code == 2
    assert "'broken' is not one of" in answer.err


@pytest.mark.parametrize("length", ["soon", "0m", "2"])
def test_a_silence_of_no_length_is_a_mistake_in_the_call(leeway: Command, length: str) -> None:
    answer = leeway("silence", "slo=a", "--for", length, "--server", NOWHERE)
    assert (answer.code, f"--for '{length}' is no length of time" in answer.err) == (2, True)


def test_a_database_that_cannot_be_used_is_wrong_usage_and_its_password_is_not_repeated(
    leeway: Command, tmp_path: Path
) -> None:
    url = "mysql://leeway:s3cret@db/leeway"
    answer = leeway("up", "--data", str(tmp_path / "data"), "--database", url)
    assert (answer.code, answer.out) == (2, "")
    assert "expected sqlite+aiosqlite:///PATH or postgresql+asyncpg://" in answer.err
    assert "s3cret" not in answer.err
