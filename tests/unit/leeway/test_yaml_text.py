from hypothesis import given
from hypothesis import strategies as st

from leeway.terminal import yaml_text
from shared.definitions.reader import read_text

LETTERS = st.characters(codec="utf-8")
TEXTS = st.one_of(
    st.text(LETTERS, max_size=30),
    st.sampled_from(["yes", "No", "1:30", "2026-01-01", "0x1f", "1e3", "~", "null", "- a", "# b"]),
)
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5))
def test_whatever_is_exported_is_read_back_as_it_was(body: dict[str, object]) -> None:
    documents, problems = read_text(yaml_text(body), "export.yaml")

    assert problems == []
    assert [document.body for document in documents] == [body]


def test_a_long_text_stays_on_one_line() -> None:
    assert yaml_text({"query": "a == 1 && " * 40 + "b"}).count("\n") == 1
