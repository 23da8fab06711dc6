import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.errors import BadRequest
from services.api.paging import page_of


def position(name: str) -> tuple[str]:
    return (name,)


def read_all(names: list[str], limit: int) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        page, cursor = page_of(names, position, cursor, limit)
        pages.append(page)
        if cursor is None:
            return pages


@given(st.sets(st.text(), max_size=30), st.integers(1, 10))
def test_the_pages_together_are_the_list(names: set[str], limit: int) -> None:
    pages = read_all(sorted(names), limit)

    assert [name for page in pages for name in page] == sorted(names)
    assert all(len(page) == limit for page in pages[:-1])
    assert len(pages) == max(1, -(-len(names) // limit))


def test_a_cursor_survives_that_its_item_vanishes() -> None:
    _, cursor = page_of(["a", "b", "c"], position, None, 2)

    assert page_of(["a", "c"], position, cursor, 2) == (["c"], None)


@pytest.mark.parametrize("cursor", ["nonsense!", "e30", "bm8", "\u00e4"])
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequest):
        page_of(["a"], position, cursor, 2)


def test_a_cursor_of_another_list_is_refused() -> None:
    _, cursor = page_of([(1,), (2,)], lambda item: item, None, 1)

    with pytest.raises(BadRequest, match="another list"):
        page_of(["a"], position, cursor, 2)
