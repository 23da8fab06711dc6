"""What the checks found so far: errors, which refuse definitions, and warnings, which do not."""

from dataclasses import dataclass, field

from shared.definitions.part import Part
from shared.definitions.path import PropertyPath
from shared.domain.errors import Problem


@dataclass(slots=True)
class Found:
    """Errors and warnings, each at its place.

    `reported` are places in the document at hand that problems are known of already: they, and
    what holds them, are not noted a second time.
    """

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    reported: tuple[PropertyPath, ...] = ()

    def beside(self, reported: tuple[PropertyPath, ...]) -> "Found":
        """Return what notes into the same lists, for a document with problems at these places."""
        return Found(self.errors, self.warnings, reported)

    def error(self, part: Part, path: PropertyPath, message: str) -> None:
        """Note something that must be put right."""
        if not self._is_reported(whole := (*part.path, *path)):
            self.errors.append(part.document.problem(whole, message))

    def warn(self, part: Part, path: PropertyPath, message: str) -> None:
        """Note something that is probably not meant."""
        if not self._is_reported(whole := (*part.path, *path)):
            self.warnings.append(part.document.problem(whole, message))

    def error_within(self, part: Part, path: PropertyPath, offset: int, message: str) -> None:
        """Note what is wrong at a character of a text."""
        if not self._is_reported(whole := (*part.path, *path)):
            self.errors.append(part.document.problem_within(whole, offset, message))

    def _is_reported(self, path: PropertyPath) -> bool:
        return any(place[: len(path)] == path for place in self.reported)
