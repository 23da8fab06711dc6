"""The groups of the current chunk: one series per combination of values, within bounds."""

import json
from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b

from services.ingest.domain.matching import Counted
from services.ingest.domain.serieslist import SeriesList
from shared.domain.series import OTHER

LONGEST = 128  # characters; longer values are cut and hashed
MOST_GROUPS = 2_000  # of one indicator in one chunk; later ones are counted as `__other__`

_DIGEST = 8  # bytes
_KEPT = LONGEST - 2 * _DIGEST - 1

Values = tuple[str, ...]


class GroupSeries:
    """The series of the groups of one chunk: the first of each indicator, in log order."""

    def __init__(self, series: SeriesList, most: int = MOST_GROUPS) -> None:
        self._series = series
        self._most = most
        self._members: dict[int, dict[Values, int]] = defaultdict(dict)

    def of(self, counted: Counted, values: Values) -> int:
        """Return the series that counts an indicator's events with these values."""
        members = self._members[counted.series]
        number = members.get(values)
        if number is None:
            if len(members) >= self._most:
                return self.other(counted)
            number = self._series.add_group(counted.slo, counted.indicator.key, values)
            members[values] = number
        return number

    def other(self, counted: Counted) -> int:
        """Return the series that counts an indicator's events when no group has room for them."""
        members = self._members[counted.series]
        values = (OTHER,) * len(counted.indicator.group_by)
        number = members.get(values)
        if number is None:
            number = self._series.add_group(counted.slo, counted.indicator.key, values)
            members[values] = number
        return number

    def is_full(self, counted: Counted) -> bool:
        """Whether a group not met so far would have no series of its own."""
        return len(self._members[counted.series]) >= self._most

    def clear(self) -> None:
        """Forget all groups: a new chunk begins."""
        self._members.clear()


def group_texts(column: Sequence[object]) -> list[str]:
    """Return the values of a field that is grouped by, as texts; a missing one is empty."""
    texts = [value if type(value) is str else _as_text(value) for value in column]
    if max(map(len, texts), default=0) > LONGEST:
        return [_cut(text) for text in texts]
    return texts


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    digest = blake2b(text.encode(), digest_size=_DIGEST).hexdigest()
    return f"{text[:_KEPT]}~{digest}"
