"""Formatting changes how definitions look, never what they say."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leeway.formatting.comment import comments_of, same_comments
from leeway.formatting.formatter import Form, Unformattable, formatted
from shared.definitions.reader import read_text
from tests.unit.definitions.builder import EVERY_KIND, changed, slo
from tests.unit.leeway.formatting.scribble import Scribbler

EXAMPLES = Path(__file__).parents[4] / "examples"
TEXT = "first line\n# not a comment\n  deeper"
BODIES = [
    *EVERY_KIND.values(),
    changed(EVERY_KIND["SLO"], {"spec.description": TEXT, "metadata.labels": {"b": "1", "a": []}}),
    slo(changes={"spec.alertPolicies": [{"alertPolicyRef": "x"}, {"alertPolicyRef": "y"}]}),
]

UNTIDY = """\
# yaml-language-server: $schema=leeway.schema.json

kind: SLO   # the kind
apiVersion: openslo/v1
spec:
    # about objectives
    objectives:
    # the first
    - target: 0.999     # three nines
      # how it is called
      displayName: availability
    - displayName: b
      target:   0.9
      # after the last
    budgetingMethod: Occurrences
    description: |
      # not a comment
      text
    # about the service
    service: yes

    indicator:
      spec: {ratioMetric: {total: {}, counter: true}}
      metadata: {name: "x"}
metadata:
   name: a-b
   labels:
      x:
# at the end
---
metadata: {name: svc}
# in between
kind: Service
apiVersion: openslo/v1
"""
TIDY = """\
# yaml-language-server: $schema=leeway.schema.json

apiVersion: openslo/v1
kind: SLO   # the kind
metadata:
  name: a-b
  labels:
    x:
spec:
  description: |
    # not a comment
    text
  # about the service
  service: yes
  indicator:
    metadata: {name: "x"}
    spec: {ratioMetric: {counter: true, total: {}}}
  budgetingMethod: Occurrences

  # about objectives
  objectives:
    # the first
    # how it is called
    - displayName: availability
      target: 0.999     # three nines
    - displayName: b
      target: 0.9
      # after the last
# at the end
---
apiVersion: openslo/v1
# in between
kind: Service
metadata: {name: svc}
"""


@st.composite
def scribbled(draw: st.DrawFn) -> str:
    bodies = draw(st.lists(st.sampled_from(BODIES), min_size=1, max_size=2))
    return "---\n".join(Scribbler(draw).document(body) for body in bodies)


def bodies_of(text: str, file: str = "a.yaml") -> list[str]:
    documents, problems = read_text(text, file)
    assert problems == []
    return [json.dumps(document.body, sort_keys=True) for document in documents]


def in_canonical_order(text: str) -> bool:
    order = ["apiVersion", "kind", "metadata", "spec"]
    for document in read_text(text, "a.yaml")[0]:
        places = [order.index(key) for key in document.body]
        if any(one > other for one, other in pairwise(places)):
            return False
    return True


def test_keys_get_their_order_and_comments_stay_with_them() -> None:
    assert formatted(UNTIDY, "a.yaml", Form.YAML) == TIDY
    assert formatted(TIDY, "a.yaml", Form.YAML) == TIDY


@settings(max_examples=60, deadline=None)
@given(scribbled())
def test_whatever_is_formatted_means_the_same_keeps_its_comments_and_stays_formatted(
    text: str,
) -> None:
    result = formatted(text, "a.yaml", Form.YAML)
    assert bodies_of(result) == bodies_of(text)
    assert in_canonical_order(result)
    before, after = (sorted(c.text for c in comments_of(one)) for one in (text, result))
    assert before == after
    assert formatted(result, "a.yaml", Form.YAML) == result


@settings(max_examples=20, deadline=None)
@given(scribbled())
def test_the_other_form_means_the_same(text: str) -> None:
    as_json = formatted(text, "a.yaml", Form.JSON)
    assert bodies_of(as_json, "a.json") == bodies_of(text)
    assert formatted(as_json, "a.json", Form.JSON) == as_json
    as_yaml = formatted(as_json, "a.json", Form.YAML)
    assert bodies_of(as_yaml) == bodies_of(text)
    assert formatted(as_yaml, "a.yaml", Form.YAML) == as_yaml


@pytest.mark.parametrize("word", ["yes", "0o17", "1_000", "12:30:00", "2026-01-01", "1e3", "~", ""])
def test_unquoted_words_stay_as_they_are(word: str) -> None:
    text = f"apiVersion: openslo/v1\nkind: Service\nmetadata:\n  x: {word}".rstrip() + "\n"
    assert formatted(text, "a.yaml", Form.YAML) == text


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "\n# a\n---\n# b\n"])
def test_a_text_that_holds_nothing_stays_as_it_is(text: str) -> None:
    assert formatted(text, "a.yaml", Form.YAML) == text


def test_an_empty_document_is_left_out() -> None:
    text = "apiVersion: openslo/v1\nkind: Service\n"
    for written in (f"---\n{text}", f"{text}---\n", f"{text}---\n---\n"):
        assert formatted(written, "a.yaml", Form.YAML) == text


def test_a_text_with_anchors_keeps_its_order() -> None:
    text = "kind: SLO\napiVersion: openslo/v1\nspec:\n  a: &x\n    b: 1\n  c: *x\n"
    assert formatted(text, "a.yaml", Form.YAML) == text


def test_what_cannot_be_read_is_not_formatted() -> None:
    with pytest.raises(Unformattable) as refused:
        formatted("kind: SLO\nkind: SLO\n", "a.yaml", Form.YAML)
    assert [problem.line for problem in refused.value.problems] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "kind: Service\nspec:\n  - {a: 1}\n  # above\n  - {b: 2} # beside\n",
        "kind: Service\nmetadata: {name: a, # in braces\n  labels: {}}\n",
        "kind: Service\n...\n# between documents\n---\nkind: SLO\n",
    ],
)
def test_where_the_library_would_lose_a_comment_keys_are_put_in_order_and_no_more(
    text: str,
) -> None:
    assert formatted(text, "a.yaml", Form.YAML) == text
    untidy = f"{text}apiVersion:   openslo/v1\n"
    result = formatted(untidy, "a.yaml", Form.YAML)
    assert same_comments(result, untidy)
    assert formatted(result, "a.yaml", Form.YAML) == result


@pytest.mark.parametrize(
    "text",
    [
        "kind: Service\nmetadata:\n  x: !!str 5\n",
        'kind: Service\nmetadata:\n  x: "with \\" and \\n"\n',
        "kind: Service\nmetadata:\n  x: |2\n      deeper\n    b\n  # c\n  y: >-\n    a\n    b\n",
    ],
)
def test_texts_of_every_kind_stay_as_they_are(text: str) -> None:
    assert formatted(text, "a.yaml", Form.YAML) == text


def test_lists_of_documents_stay_lists() -> None:
    text = '[{"kind":"Service","apiVersion":"openslo/v1"}]'
    result = formatted(text, "a.json", Form.JSON)
    assert json.loads(result) == json.loads(text)
    assert list(json.loads(result)[0]) == ["apiVersion", "kind"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.yaml")), ids=lambda path: path.name)
def test_examples_mean_the_same_and_stay_formatted(path: Path) -> None:
    result = formatted(path.read_text(), str(path), Form.YAML)
    assert bodies_of(result) == bodies_of(path.read_text())
    assert formatted(result, str(path), Form.YAML) == result
