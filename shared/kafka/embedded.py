"""The broker of the local stack: librdkafka's mock cluster, in memory, inside this process."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka.admin import AIOKafkaAdminClient
from confluent_kafka import Producer

from shared.kafka.trouble import translated

_CLUSTER = "mockCluster"  # what the ids of all mock clusters begin with


@contextmanager
def embedded_broker() -> Iterator[str]:
    """Run a broker on a free port of the loopback address, and give its bootstrap address."""
    host = Producer({"test.mock.num.brokers": 1, "log_level": 3})
    with translated("cannot start the embedded broker"):
        (broker,) = host.list_topics(timeout=10).brokers.values()
    yield f"{broker.host}:{broker.port}"
    del host


async def is_embedded(admin: AIOKafkaAdminClient) -> bool:
    """Tell whether the cluster is an embedded broker, of this process or another."""
    with translated("cannot ask what kind of cluster this is"):
        cluster = await admin.describe_cluster()
    return str(cluster.get("cluster_id")).startswith(_CLUSTER)
