"""Files, folders and standard input: which documents they hold, and what is wrong with them."""

import io
import sys
from pathlib import Path

import pytest

from shared.definitions.reader import read_paths, read_text

SERVICE = "apiVersion: openslo/v1\nkind: Service\nmetadata: {{name: {}}}\nspec: {{}}\n"


def names(text: str, file: str = "x.yaml") -> list[str]:
    documents, problems = read_text(text, file)
    assert problems == []
    return [document.name for document in documents]


def test_a_file_holds_one_document_several_or_lists_of_them() -> None:
    one, two = SERVICE.format("one"), SERVICE.format("two")
    listed = "- kind: Service\n  metadata: {name: a}\n- kind: Service\n  metadata: {name: b}\n"
    assert names(one) == ["one"]
    assert names(f"---\n{one}---\n{two}...\n") == ["one", "two"]
    assert names(f"{one}---\n{listed}") == ["one", "a", "b"]
    assert names("# nothing but a comment\n") == []
    assert names("") == []


def test_json_is_read_by_suffix_and_by_look() -> None:
    text = '[{"metadata": {"name": "a"}},\n {"metadata": {"name": "b"}}]'
    assert names(text, "x.json") == ["a", "b"]
    assert names(text, "-") == ["a", "b"]
    assert names("{metadata: {name: flow}}", "-") == ["flow"]


def test_a_document_knows_its_kind_name_version_file_and_places() -> None:
    documents, _ = read_text(f"---\n{SERVICE.format('one')}", "dir/x.yaml")
    (document,) = documents
    assert (document.kind, document.name, document.api_version) == ("Service", "one", "openslo/v1")
    assert document.file == "dir/x.yaml"
    assert document.position(("metadata", "name")) == (4, 12)
    assert document.problem(("spec",), "no").line == 5


def test_what_is_not_a_text_is_no_name() -> None:
    documents, _ = read_text("kind: 1\nmetadata: {name: [x]}\n", "x.yaml")
    assert (documents[0].kind, documents[0].name) == ("", "")


def test_a_byte_order_mark_is_overlooked() -> None:
    assert names("\ufeff" + SERVICE.format("one")) == ["one"]


def test_problems_name_file_and_place_and_the_documents_before_them_are_kept() -> None:
    documents, problems = read_text(f"{SERVICE.format('one')}---\na: b: c\n", "x.yaml")
    assert [document.name for document in documents] == ["one"]
    assert [(p.file, p.line) for p in problems] == [("x.yaml", 6)]


def test_all_keys_that_are_there_twice_are_reported_at_once() -> None:
    _, problems = read_text("a: 1\na: 2\nb: {c: 1, c: 2}\n", "x.yaml")
    assert [(p.line, p.column, p.message) for p in problems] == [
        (2, 1, "the key 'a' is there twice"),
        (3, 11, "the key 'c' is there twice"),
    ]
    assert read_text("a: 1\na: 2\n", "x.yaml", strict=True)[1] == []


def test_a_value_that_is_no_object_is_reported_at_its_place() -> None:
    documents, problems = read_text("- kind: Service\n- just text\n", "x.yaml")
    assert len(documents) == 1
    assert [(p.message, p.line, p.column) for p in problems] == [("an object was expected", 2, 3)]


def test_folders_are_read_recursively_in_order_and_by_suffix(tmp_path: Path) -> None:
    for file in ("b.yaml", "a/z.yml", "a/c.json", "a/notes.txt", "a/b/d.yaml"):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SERVICE.format(path.stem) if path.suffix != ".json" else "{}")
    reading = read_paths([tmp_path, tmp_path / "b.yaml"])
    found = [str(Path(file).relative_to(tmp_path)) for file in reading.files]
    assert found == ["a/b/d.yaml", "a/c.json", "a/z.yml", "b.yaml"]
    assert len(reading.documents) == 4
    assert reading.problems == []


def test_a_mounted_config_map_is_read_once(tmp_path: Path) -> None:
    version = tmp_path / "..2026_11_23_06_00_00.1"
    version.mkdir()
    (version / "a.yaml").write_text(SERVICE.format("a"))
    (tmp_path / "..data").symlink_to(version.name)
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    reading = read_paths([tmp_path])
    assert [document.name for document in reading.documents] == ["a"]
    assert reading.files == [str(tmp_path / "a.yaml")]


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    given = io.TextIOWrapper(io.BytesIO(SERVICE.format("piped").encode()))
    monkeypatch.setattr(sys, "stdin", given)
    reading = read_paths([Path("-")])
    assert [(d.name, d.file) for d in reading.documents] == [("piped", "-")]


def test_unreadable_files_are_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe4\n")
    (tmp_path / "good.yaml").write_text(SERVICE.format("one"))
    reading = read_paths([tmp_path / "missing.yaml", tmp_path])
    assert [document.name for document in reading.documents] == ["one"]
    assert [(Path(p.file).name, p.line) for p in reading.problems] == [
        ("missing.yaml", 0),
        ("latin.yaml", 2),
    ]
