"""What Kafka says about the topics, asked again and again.

A topic can be deleted and created again between two reads, and a consumer does not notice. What
was read is therefore sent only after the topic's id was asked for once more and is still the same.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Protocol

from shared.domain.errors import LeewayError
from shared.kafka.topics import Topic


class Topics(Protocol):
    """The topics of a cluster."""

    async def describe(self, names: Collection[str]) -> Mapping[str, Topic]:
        """Return those that exist."""


class TopicReplaced(LeewayError):
    """A topic was deleted, and perhaps created again, while it was read."""


class Survey:
    """Looks at the topics, and remembers which look was the last.

    `begun` is the number of the last look that was begun: an event of before that moment is
    covered by every look with a greater number.
    """

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._looked = asyncio.Condition()
        self._done = self._wanted = 0
        self._hurry = asyncio.Event()  # set while somebody waits for a look
        self.begun = 0
        self.found: Mapping[str, Topic] = {}

    async def look(self, names: Collection[str]) -> Mapping[str, Topic]:
        """Ask now which of these topics exist; raises BrokerUnavailable."""
        self.begun += 1
        number = self.begun
        found = await self._topics.describe(names)
        async with self._looked:
            self._done, self.found = number, found
            if self._wanted <= number:
                self._hurry.clear()
            self._looked.notify_all()
        return found

    def ask_for_look(self) -> None:
        """Have somebody look soon."""
        self._want(self.begun + 1)

    async def asked_for(self) -> None:
        """Wait until somebody waits for a look."""
        await self._hurry.wait()

    async def fresh(self, topic: str) -> Topic:
        """Return what a look begun from now on says about a topic.

        Raises TopicReplaced when there is no such topic.
        """
        return await self._after(self.begun, topic)

    async def confirm(self, topic: str, topic_id: str, stamp: int) -> None:
        """Return once a look begun after `stamp` has found the topic with this id.

        Raises TopicReplaced when it has not.
        """
        if (await self._after(stamp, topic)).id != topic_id:
            raise TopicReplaced(f"the topic {topic} was deleted and created again")

    def _want(self, number: int) -> None:
        self._wanted = max(self._wanted, number)
        self._hurry.set()

    async def _after(self, stamp: int, topic: str) -> Topic:
        if self._done <= stamp:
            self._want(stamp + 1)
        async with self._looked:
            await self._looked.wait_for(lambda: self._done > stamp)
        if (found := self.found.get(topic)) is None:
            raise TopicReplaced(f"the topic {topic} does not exist any more")
        return found
