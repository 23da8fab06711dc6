"""What is installed is what the locks name: pinned, hashed, used, and free to be used."""

import ast
import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")
UNIMPORTED = {"aiosqlite", "asyncpg", "tzdata"}  # drivers that a URL names; what zoneinfo reads
ELSEWHERE = {"colorama"}  # needed on other systems only
Lock = dict[str, set[tuple[str, bool]]]  # versions by name, each with whether it has a hash


def locked(name: str) -> Lock:
    """Return every package of a lock."""
    found: Lock = {}
    lines = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    for line in lines:
        if line and not line.lstrip().startswith("#"):
            pinned = re.match(r"([a-z0-9][a-z0-9.-]*)==(\S+)", line)
            assert pinned is not None, f"{name}: not pinned: {line[:80]}"
            hashed = "--hash=sha256:" in line
            found.setdefault(canonicalize_name(pinned[1]), set()).add((pinned[2], hashed))
    return found


RUNTIME = locked("requirements.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_is_pinned_and_hashed_and_comes_from_no_named_place(
    name: str,
) -> None:
    assert all(hashed for versions in locked(name).values() for _, hashed in versions)
    assert not re.search(r"://|--(extra-)?index|--find-links|git\+", (ROOT / name).read_text())


def test_developers_have_the_versions_that_users_have() -> None:
    developing = locked("requirements-dev.lock")
    assert {name: developing.get(name) for name in RUNTIME} == RUNTIME


@pytest.mark.parametrize("text", PROJECT["dependencies"])
def test_what_the_project_asks_for_is_locked_within_its_range(text: str) -> None:
    wanted = Requirement(text)
    versions = RUNTIME[canonicalize_name(wanted.name)]
    assert all(wanted.specifier.contains(pinned) for pinned, _ in versions)


def test_what_is_installed_here_is_what_the_lock_says() -> None:
    for name, versions in RUNTIME.items():
        try:
            assert version(name) in {pinned for pinned, _ in versions}, name
        except PackageNotFoundError:
            assert name in ELSEWHERE, name


def test_what_only_an_extra_needs_is_not_in_the_image() -> None:
    extra = {
        canonicalize_name(Requirement(t).name) for t in PROJECT["optional-dependencies"]["otel"]
    }
    assert not extra & RUNTIME.keys()


def test_every_dependency_is_imported_somewhere() -> None:
    asked = {canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]}
    assert asked - imported_distributions() - UNIMPORTED == set()


def imported_distributions() -> set[str]:
    """Return the distributions that the packages we ship import."""
    modules: set[str] = set()
    for folder in ("services", "shared", "leeway", "examples"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_bytes())):
                if isinstance(node, ast.Import):
                    modules |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    modules.add(node.module.partition(".")[0])
    providers = packages_distributions()
    return {canonicalize_name(d) for module in modules for d in providers.get(module, ())}


LICENCES = ROOT / "docs" / "licences.md"


def test_the_licence_of_everything_that_is_shipped_is_listed() -> None:
    listed = dict(
        re.findall(r"^\| ([a-z0-9-]+) \| (.+) \|$", LICENCES.read_text(), re.MULTILINE)[1:]
    )
    assert set(listed) == set(RUNTIME)
    assert {name: listed[name] for name in RUNTIME if name not in ELSEWHERE} == {
        name: licence_of(name) for name in RUNTIME if name not in ELSEWHERE
    }


def test_nothing_that_is_shipped_asks_for_our_source() -> None:
    here = [name for name in RUNTIME if name not in ELSEWHERE]
    assert [n for n in here if re.search(r"\b[AL]?GPL|General Public", licence_of(n))] == []


def licence_of(name: str) -> str:
    """Return the licence that a package's metadata names, in the newest of the three ways."""
    told = metadata(name)
    if "License-Expression" in told:
        return str(told["License-Expression"])
    kinds = [one for one in told.get_all("Classifier") or [] if one.startswith("License ::")]
    return ", ".join(kind.rpartition(" :: ")[2] for kind in kinds) or str(told["License"])
