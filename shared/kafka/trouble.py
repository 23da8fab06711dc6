"""What a Kafka client complains about, in the words of `shared.domain.errors`."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import errors
from confluent_kafka import KafkaException

from shared.domain.errors import (
    BrokerUnavailable,
    LeewayError,
    OffsetOutOfRange,
    RefusedMessage,
)

_REFUSED = (
    errors.MessageSizeTooLargeError,
    errors.RecordListTooLargeError,
    errors.InvalidTopicError,
    errors.InvalidTimestampError,
    errors.PolicyViolationError,
)
_DENIED = {
    errors.TopicAuthorizationFailedError: "the topic (Read for what is read, Write for the rest)",
    errors.GroupAuthorizationFailedError: "the consumer group (Read)",
    errors.ClusterAuthorizationFailedError: "the cluster (Create, or create the topic yourself)",
}
_CLIENT = logging.getLogger("aiokafka")


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise our own errors instead of the client's; `doing` says what failed.

    What is not known to pass or to be refused raises a plain LeewayError: it ends the process,
    and a restart is safe.
    """
    try:
        yield
    except errors.OffsetOutOfRangeError as error:
        positions = {(t, p): offset for (t, p), offset in error.args[0].items()}
        raise OffsetOutOfRange(positions) from error
    except _REFUSED as error:
        raise RefusedMessage(f"{doing}: {error}") from error
    except tuple(_DENIED) as error:
        need = _DENIED[type(error)]
        raise BrokerUnavailable(f"{doing}: {error}; grant an ACL on {need}") from error
    except errors.KafkaError as error:
        kind = LeewayError if type(error) is errors.KafkaError else BrokerUnavailable
        raise kind(f"{doing}: {error}") from error
    except (OSError, KafkaException, errors.ConsumerStoppedError) as error:
        text = str(error) or type(error).__name__
        raise BrokerUnavailable(f"{doing}: {text}") from error


class LastWords(logging.Handler):
    """Remembers the last complaint of Kafka's client, which alone names the cause of a failure."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text of this record."""
        self.text = record.getMessage()


@contextmanager
def connecting(bootstrap: str, suspicion: str = "") -> Iterator[None]:
    """Raise BrokerUnavailable with the real cause when a client cannot be started.

    Where Kafka closes the connection without giving a cause, `suspicion` is said instead.
    """
    words = LastWords()
    _CLIENT.addHandler(words)
    try:
        with translated(f"cannot connect to Kafka at {bootstrap}"):
            yield
    except BrokerUnavailable as error:
        causes = [words.text] if words.text and words.text not in str(error) else []
        if suspicion and words.text.endswith("closed"):
            causes.append(suspicion)
        if causes:
            raise BrokerUnavailable(f"{error} ({'; '.join(causes)})") from error
        raise
    finally:
        _CLIENT.removeHandler(words)
