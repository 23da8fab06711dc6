import pytest

from leeway.definition import say_problems
from shared.domain.errors import Problem


def test_problems_are_told_in_the_order_of_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    places = [("b.yaml", 1, 1), ("a.yaml", 9, 2), ("a.yaml", 9, 1), ("a.yaml", 2, 5)]
    say_problems(
        Problem("is wrong", line=line, column=column, file=file) for file, line, column in places
    )
    told = [line.split()[0] for line in capsys.readouterr().err.splitlines()]
    assert told == ["a.yaml:2:5", "a.yaml:9:1", "a.yaml:9:2", "b.yaml:1:1"]
