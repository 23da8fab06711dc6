"""Texts that are almost right: a valid one with a few edits, at places nobody chose."""

from collections.abc import Sequence

from hypothesis import strategies as st

MOST_EDITS = 6
LONGEST_CUT = 30  # characters


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[str], fragments: Sequence[str]) -> str:
    """Draw one of the seeds with some of its characters cut, doubled or replaced."""
    text = draw(st.sampled_from(seeds))
    pieces = st.one_of(st.sampled_from(fragments), st.text(max_size=3, alphabet=BYTES))
    for _ in range(draw(st.integers(1, MOST_EDITS))):
        start = draw(st.integers(0, len(text)))
        cut = text[start : start + draw(st.integers(0, LONGEST_CUT))]
        piece = cut * 2 if draw(st.booleans()) else draw(pieces)
        text = text[:start] + piece + text[start + len(cut) :]
    return text


BYTES = st.characters(max_codepoint=255)  # in latin-1 each is one byte
