"""A text holds definitions, or problems that say where; what passes every check compiles."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.definitions.check import check
from shared.definitions.compile import compile_catalogue
from shared.definitions.reader import read_text
from tests.unit.api.world import AVAILABILITY
from tests.unit.definitions.builder import EVERY_KIND, agreement
from tests.unit.fuzz.mutation import mutated

SEEDS = [
    AVAILABILITY,
    "- kind: Service\n  metadata: &m {name: a}\n- {kind: Service, metadata: *m}\n",
    *(json.dumps(body) for body in (*EVERY_KIND.values(), agreement())),
    *(json.dumps(body, indent=1) for body in EVERY_KIND.values()),
]
FRAGMENTS = [
    *("\n", "\n---\n", "\n...\n", "  ", "\t", ": ", "- ", "? ", "| ", ">-\n", "# ", "%YAML 1.1\n"),
    *("{", "}", "[", "]", ",", '"', "'", "\\", "&a ", "*a", "<<: *a", "!!binary ", "!!set ", "!x "),
    *("null", "~", "yes", "0o17", "0b1", "1_000", ".inf", ".nan", "1e999", "9" * 5_000, "-0"),
    *("2026-02-30", "2026-11-23T25:00:00Z", "12:30:45", "!!timestamp ", "!!float x", "!!int x"),
    *("[" * 70, '{"a":' * 70, "- " * 70, "\x00", "\x85", "\u2028", "\ufeff", "\ud800", r"\ud800"),
    *('"kind": []', '"spec": null', "kind: {}\n", '"metadata": 1,', '"target": "x",'),
]
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([*FRAGMENTS, "a", "1", "\n"]), max_size=20).map("".join),
    mutated(SEEDS, FRAGMENTS),
)
NAMES = st.sampled_from(["some.yaml", "some.json", "-"])


def judge(text: str, name: str, *, strict: bool) -> None:
    documents, problems = read_text(text, name, strict=strict)
    checked = check(documents, strict=strict)
    for problem in (*problems, *checked.errors, *checked.warnings):
        assert problem.message
        assert problem.line >= 0
        assert problem.column >= 0
    if not (strict or problems or checked.errors):
        bodies = [document.body for document in documents]
        compile_catalogue(bodies, revision=1, counted_from={})


@settings(max_examples=250)
@given(TEXTS, NAMES, st.booleans())
def test_any_text_holds_definitions_or_problems(text: str, name: str, strict: bool) -> None:
    judge(text, name, strict=strict)


@pytest.mark.soak
@settings(max_examples=8_000)
@given(TEXTS, NAMES, st.booleans())
def test_many_more_texts(text: str, name: str, strict: bool) -> None:
    judge(text, name, strict=strict)
