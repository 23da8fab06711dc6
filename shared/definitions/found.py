"""What the checks found so far: errors, which refuse definitions, and warnings, which do not."""

from dataclasses import dataclass, field

from shared.definitions.part import Part
from shared.definitions.path import PropertyPath
from shared.domain.errors import Problem


@dataclass(slots=True)
class Found:
    """Errors and warnings, each at its place."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, part: Part, path: PropertyPath, message: str) -> None:
        """Note something that must be put right."""
        self.errors.append(part.document.problem((*part.path, *path), message))

    def warn(self, part: Part, path: PropertyPath, message: str) -> None:
        """Note something that is probably not meant."""
        self.warnings.append(part.document.problem((*part.path, *path), message))

    def error_within(self, part: Part, path: PropertyPath, offset: int, message: str) -> None:
        """Note what is wrong at a character of a text."""
        self.errors.append(part.document.problem_within((*part.path, *path), offset, message))
