"""Names of counted series, and which shard counts them: stable hashes, the same everywhere."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from shared.domain.predicate import Path, Predicate
from shared.domain.reason import INVALID_PREFIX, Reason
from shared.domain.slo import DataSource

OTHER = "__other__"  # the group that takes what exceeds a limit on groups


def _bytes(parts: Sequence[str]) -> bytes:
    escaped = [part.replace("\x1e", "\x1e\x1e").replace("\x1f", "\x1e\x1f") for part in parts]
    return "\x1f".join(escaped).encode("utf-8", "surrogatepass")


def _hash(*parts: str) -> int:
    return int.from_bytes(blake2b(_bytes(parts), digest_size=8).digest(), "little")


def shard_of(slo: str, shards: int) -> int:
    """Return the counts partition on which everything this SLO reads is counted."""
    return _hash("shard", slo) % shards


def series_key(slo: str, indicator: str, group: Sequence[str] = ()) -> int:
    """Return the 64-bit name of one counted series; `group` holds the values of `group_by`."""
    return _hash("series", slo, indicator, *group)


def series_keys(slo: str, indicator: str, groups: Iterable[Sequence[str]]) -> list[int]:
    """Return `series_key` of many groups, at a third of the price."""
    prefix = blake2b(_bytes(("series", slo, indicator)), digest_size=8)
    keys = []
    for group in groups:
        whole = prefix.copy()
        whole.update(b"\x1f" + _bytes(group))
        keys.append(int.from_bytes(whole.digest(), "little"))
    return keys


def invalid_slo(reason: Reason) -> str:
    """Return the pseudo SLO that counts records rejected for this reason."""
    return f"{INVALID_PREFIX}{reason.value}"


def invalid_key(topic: str, reason: Reason) -> int:
    """Return the series of the records of a topic rejected for this reason."""
    return series_key(invalid_slo(reason), topic)


def indicator_key(
    source: DataSource,
    total: Predicate,
    good: Predicate,
    *,
    weight_field: Path | None = None,
    group_by: tuple[Path, ...] = (),
) -> str:
    """Return a name for what is counted: 16 hex digits, equal exactly when all of these are."""
    fields = (
        source.topic,
        repr(source.timestamp_field),
        repr(source.id_field),
        repr(source.weight_field),
        repr(source.service_field),
        repr(total),
        repr(good),
        repr(weight_field),
        repr(group_by),
    )
    return f"{_hash('indicator', *fields):016x}"
