"""The connection to Kafka that is opened when it is needed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.api.outlet import Outlet
from shared.domain.errors import BrokerUnavailable
from tests.unit.api.world import Kafka


class Broker:
    """Connects when it is there, and keeps count."""

    def __init__(self) -> None:
        self.kafka = Kafka()
        self.is_there = True
        self.opened = self.closed = 0

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Kafka]:
        if not self.is_there:
            raise BrokerUnavailable("not there")
        self.opened += 1
        yield self.kafka
        self.closed += 1


async def test_nothing_is_opened_before_the_first_event() -> None:
    broker = Broker()

    async with Outlet(broker.connect):
        pass

    assert broker.opened == 0


async def test_one_connection_serves_all_and_is_closed_at_the_end() -> None:
    broker = Broker()

    async with Outlet(broker.connect) as outlet:
        assert await outlet.append_all("t", [(None, b"1"), (None, b"2")]) == 2
        assert await outlet.append_all("t", [(None, b"3")]) == 1
        assert broker.closed == 0

    assert (broker.opened, broker.closed) == (1, 1)


async def test_a_broker_that_comes_later_is_found() -> None:
    broker = Broker()
    broker.is_there = False

    async with Outlet(broker.connect) as outlet:
        with pytest.raises(BrokerUnavailable):
            await outlet.append_all("t", [(None, b"1")])
        broker.is_there = True
        assert await outlet.append_all("t", [(None, b"1")]) == 1
