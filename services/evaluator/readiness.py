"""Why the evaluator is not ready, if it is not."""

from collections.abc import Mapping

from services.evaluator.catalogue import DefinitionFeed
from services.evaluator.held import Holding
from services.evaluator.vitals import Vitals
from shared.domain.target import Target
from shared.health import SILENCE_SECONDS


class Readiness:
    """Ready means: the group has decided, every assigned shard is read, and both ends answer."""

    def __init__(self, holding: Holding, vitals: Vitals) -> None:
        self._holding = holding
        self._vitals = vitals
        self.feed: DefinitionFeed | None = None

    def targets(self) -> Mapping[str, Target] | None:
        """Return the notification targets, None before the definitions have been read."""
        if self.feed is None or self.feed.current is None:
            return None
        return self.feed.current.catalogue.targets

    def reasons(self) -> list[str]:
        """Return the reasons for not being ready, none when it is."""
        found = []
        if self._vitals.database:
            found.append(f"the database cannot be reached: {self._vitals.database}")
        if self._vitals.broker:
            found.append(f"Kafka cannot be reached: {self._vitals.broker}")
        elif (age := self._vitals.fetch_age()) is not None and age > SILENCE_SECONDS:
            found.append(f"Kafka was not read for {age:.0f} s")
        if self.feed is None or self.feed.current is None:
            found.append("the definitions have not been read yet")
        if not self._holding.generation:
            found.append("the group has not assigned any shard yet")
        held = self._holding.held
        loading = [n for n in self._holding.assigned if n not in held or not held[n].reading]
        if loading:
            found.append(f"loading shards {', '.join(map(str, sorted(loading)))}")
        return found
