import json
import sys

import pytest
from ruamel.yaml import YAML

from leeway.terminal import (
    Output,
    number,
    percent,
    plain,
    second,
    write_data,
    write_line,
    write_table,
)


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (None, "-"),
        (1.0, "100%"),
        (0.9999999, "<100%"),
        (0.999, "99.9%"),
        (0.5, "50%"),
        (0.0, "0%"),
        (-1.25, "-125%"),
    ],
)
def test_a_ratio_is_shown_as_a_percentage(ratio: float | None, shown: str) -> None:
    assert percent(ratio) == shown


def test_no_data_is_shown_as_a_dash_never_as_zero() -> None:
    assert (number(None), plain(None), number(0)) == ("-", "-", "0")


def test_a_table_in_a_pipe_is_plain_aligned_text(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(("slo", "good"), [(plain("a[b]"), "1,000"), ("long-name", "7")], right="good")
    assert capsys.readouterr().out == (
        "SLO         GOOD\n" + "a[b]       1,000\n" + "long-name      7\n"
    )


def test_a_narrow_terminal_cuts_no_figure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    write_table(("slo", "sli"), [("payments-availability", "99.8128%")])
    assert "payments-availability  99.8128%" in capsys.readouterr().out


def test_wide_rows_are_not_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(("slo",), [("x" * 500,)])
    assert capsys.readouterr().out.splitlines() == ["SLO", "x" * 500]


def test_data_is_the_same_in_json_and_yaml(capsys: pytest.CaptureFixture[str]) -> None:
    data = {"b": [1, None, True], "a": "ü: #"}
    write_data(data, Output.JSON)
    assert json.loads(capsys.readouterr().out) == data
    write_data(data, Output.YAML)
    text = capsys.readouterr().out
    assert YAML(typ="safe").load(text) == data
    assert text.startswith("b:")  # the order is kept


def test_a_line_is_coloured_on_a_terminal_and_plain_in_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    write_line(f"[bold]{plain('a[0].yaml')}[/] valid")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    write_line(f"[bold]{plain('a[0].yaml')}[/] valid")
    assert capsys.readouterr().out == "a[0].yaml valid\n\x1b[1ma[0].yaml\x1b[0m valid\n"
    monkeypatch.setenv("NO_COLOR", "1")
    write_line("[red]no colour[/]")
    assert capsys.readouterr().out == "no colour\n"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (True, "yes"), (False, "no"), (1, "1"), ("[red]", r"\[red]")]
)
def test_a_value_in_a_table_reads_as_people_write_it(value: object, text: str) -> None:
    assert plain(value) == text


@pytest.mark.parametrize("moment", ["2026-11-30T17:08:37.967938Z", "2026-11-30T17:08:37Z"])
def test_moments_in_tables_are_whole_seconds(moment: str) -> None:
    assert second(moment) == "2026-11-30T17:08:37Z"
