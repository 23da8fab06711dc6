"""What the services of a local stack read from their environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from leeway.stack.port import LOOPBACK

_OWN = (
    "LEEWAY_API_TOKENS_FILE",
    "LEEWAY_AUTH",
    "LEEWAY_COUNTS_",
    "LEEWAY_GROUP_PREFIX",
    "LEEWAY_KAFKA_",
    "LEEWAY_OIDC_",
    "LEEWAY_SERVER",
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all children of one run share."""

    inherited: Mapping[str, str]
    bootstrap: str
    database_url: str
    data: str
    api: str  # its URL
    run_id: str

    def of_service(self, port: int) -> dict[str, str]:
        """Return the environment of a service that listens on this port."""
        return self.of_tool() | {
            "LEEWAY_DATABASE_URL": self.database_url,
            "LEEWAY_HTTP_HOST": LOOPBACK,
            "LEEWAY_HTTP_PORT": str(port),
        }

    def of_tool(self) -> dict[str, str]:
        """Return the environment of a child that serves nothing.

        What concerns another cluster is left out: the embedded broker knows no login, and an api
        that only this machine reaches asks for no tokens.
        """
        kept = {name: v for name, v in self.inherited.items() if not name.startswith(_OWN)}
        return kept | {
            "LEEWAY_KAFKA_BOOTSTRAP": self.bootstrap,
            "LEEWAY_LOCAL_RUN_ID": self.run_id,
            "LEEWAY_DATA_DIR": self.data,
            "LEEWAY_SERVER": self.api,
            "PYTHONUNBUFFERED": "1",
        }


def fresh_run_id() -> str:
    """Return a name for one run: the embedded broker's topics are new ones each time."""
    return uuid4().hex
