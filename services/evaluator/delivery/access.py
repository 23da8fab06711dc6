"""A target together with what it takes to reach it: secrets are looked up here and nowhere else."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from services.evaluator.delivery.outcome import Refused, Unreached
from shared.domain.target import File, Target, Value, Variable, Written, lacking
from shared.settings import KNOWN

HIDDEN = "***"
SHORTEST_SECRET = 6


@dataclass(frozen=True, slots=True)
class Access:
    """A target with its secrets, which show up in no representation of it."""

    target: Target
    url: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)

    @property
    def urls(self) -> list[str]:
        """The addresses, where there may be several, without a slash at the end."""
        return [url.strip().rstrip("/") for url in (self.url or "").split(",") if url.strip()]

    def scrubbed(self, text: str) -> str:
        """Return a text, such as an answer, without the secrets that it may repeat."""
        hidden = {self.secret} if self.secret else set()
        if self.url and not isinstance(self.target.url, Written):
            hidden |= {self.url, *self.urls, *_telling_parts(self.urls)}
        for secret in sorted(hidden, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text


def _telling_parts(urls: Iterable[str]) -> Iterator[str]:
    """Yield what of secret addresses may be the secret: receivers repeat a path, or a password.

    As it is written and unquoted; what is shorter than a password is left to be read.
    """
    for url in urls:
        parts = urlsplit(url)
        login = parts.netloc.rpartition("@")[0].split(":")
        query = [value for _, value in parse_qsl(parts.query)]
        for part in (*parts.path.split("/"), *login, parts.query, *query, parts.fragment):
            yield from (one for one in (part, unquote(part)) if len(one) >= SHORTEST_SECRET)


class Secrets:
    """Looks up what definitions only name: in the environment, and in one folder of files."""

    def __init__(
        self, folder: Path | None = None, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._folder = folder
        self._environment = environment

    def access(self, target: Target) -> Access:
        """Return what it takes to reach a target; raises Refused or Unreached."""
        if (what := lacking(target)) is not None:
            raise Refused(f"the target {target.name} cannot be notified: it needs {what}")
        access = Access(target, self._value(target.url), self._value(target.secret))
        if target.url is not None and not access.urls:
            raise Refused(f"the target {target.name} cannot be notified: its address is empty")
        return access

    def _value(self, value: Value | None) -> str | None:
        match value:
            case None:
                return None
            case Written(text):
                return text
            case Variable(name):
                return self._of_environment(name)
            case File(name):
                return self._of_file(name)

    def _of_environment(self, name: str) -> str:
        if name in KNOWN:
            raise Refused(f"{name} is a setting of Leeway's own, not a secret of a receiver")
        found = self._environment.get(name)
        if not found:
            raise Unreached(f"the environment variable {name} of the evaluator is not set")
        return found

    def _of_file(self, name: str) -> str:
        if self._folder is None:
            raise Unreached("the evaluator has no folder for secrets: set LEEWAY_SECRETS_DIR")
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise Refused(f"the file {name} is not inside the folder for secrets")
        try:
            found = path.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = type(error).__name__
            raise Unreached(f"the file {name} in the folder for secrets: {reason}") from None
        if not found:
            raise Unreached(f"the file {name} in the folder for secrets is empty")
        return found
