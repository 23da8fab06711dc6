"""`leeway validate`: say precisely what is wrong with definition files."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from leeway.definition import NO_DEFINITIONS, as_json, read, show_problem, today
from leeway.exit import ExitCode
from leeway.option import OutputOption
from leeway.terminal import Output, counted, plain, say, write_data, write_line
from shared.definitions.check import check
from shared.domain.errors import Problem

ByFile = dict[str, list[Problem]]


def validate(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Files, folders, or - for stdin.")
    ],
    strict: Annotated[
        bool, typer.Option("--strict", help="Give exactly the verdict of the `oslo` tool.")
    ] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Check definition files without a server.

    Exits 1 when anything is invalid, or when there is no definition at all.

    For example:

      leeway validate slos/

      leeway validate --strict -o json checkout.yaml | jq '.files[].errors'
    """
    reading = read(paths, strict=strict)
    checked = check(reading.documents, strict=strict, today=today())
    empty = [Problem(NO_DEFINITIONS, file=file) for file in reading.empty]
    is_nothing = reading.empty == reading.files and not strict
    errors = _by_file([*reading.problems, *checked.errors, *(empty if is_nothing else ())])
    warnings = _by_file([*checked.warnings, *(() if is_nothing else empty)])
    if output is Output.TABLE:
        for file in reading.files:
            _show(file, errors[file], warnings[file])
        say(_summary(reading.files, errors, warnings))
    else:
        files = [_file_as_json(file, errors[file], warnings[file]) for file in reading.files]
        write_data({"files": files}, output)
    if any(errors.values()):
        raise typer.Exit(ExitCode.NO)


def _summary(files: list[str], errors: ByFile, warnings: ByFile) -> str:
    found = [sum(map(len, problems.values())) for problems in (errors, warnings)]
    return ", ".join(
        (counted(len(files), "file"), counted(found[0], "error"), counted(found[1], "warning"))
    )


def _by_file(problems: Iterable[Problem]) -> ByFile:
    found: ByFile = defaultdict(list)
    for problem in problems:
        found[problem.file].append(problem)
    for listed in found.values():
        listed.sort(key=lambda problem: (problem.line, problem.column))
    return found


def _show(file: str, errors: list[Problem], warnings: list[Problem]) -> None:
    for problem in errors:
        write_line(show_problem(problem))
    for problem in warnings:
        write_line(show_problem(problem, warning=True))
    if not errors:
        write_line(f"[bold]{plain(file)}[/]  [green]valid[/]")


def _file_as_json(file: str, errors: list[Problem], warnings: list[Problem]) -> dict[str, Any]:
    return {
        "path": file,
        "valid": not errors,
        "errors": [as_json(problem) for problem in errors],
        "warnings": [as_json(problem) for problem in warnings],
    }
