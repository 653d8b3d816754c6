"""Checks of Kafka: brokers that answer, and topics as the settings want them."""

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from telassure.config import Settings
from telassure.diagnosis.check import Check, Finding, fine, wrong
from telassure.wiring import places

if TYPE_CHECKING:
    from ingestion.kafka.examine import TopicState

_CONNECT_SECONDS: Final = 0.7
_DAY_MS: Final = 86_400_000
_APPLY: Final = "run: telassure topics apply"


def checks(settings: Settings) -> list[Check]:
    """The brokers, and a check a topic."""
    advice = _advice(settings)
    found = [Check("kafka", lambda: brokers_answer(settings), advice)]
    for name in places.TOPOLOGIES:
        topic = f"{settings.kafka.prefix}.{name}"
        found.append(Check(f"topic {topic}", lambda t=topic: topic_sound(settings, t), advice))  # type: ignore[misc]
    return found


def brokers_answer(settings: Settings) -> Finding:
    """As many brokers as the topics have replicas, after TLS and SASL."""
    from ingestion.kafka import examine

    unreached = _unreached(settings)
    if unreached:
        return wrong(unreached, _advice(settings))
    count = examine.brokers(places.kafka_client(settings))
    if count < settings.kafka.replication:
        return wrong(
            f"{count} broker(s) answer, {settings.kafka.replication} replicas are wanted",
            f"start the other brokers, or set TELASSURE_KAFKA__REPLICATION to {count}",
        )
    return fine(f"{count} broker(s) answer at {settings.kafka.brokers} over {settings.kafka.security}")


def topic_sound(settings: Settings, topic: str) -> Finding:
    """Its partitions are those of the settings, each has a leader and its replicas, and retention is as set."""
    from ingestion.kafka import examine

    unreached = _unreached(settings)
    if unreached:
        return wrong(f"{topic}: {unreached}", _advice(settings))
    return judged(settings, topic, examine.topics(places.kafka_client(settings), [topic])[topic])


def _unreached(settings: Settings) -> str:
    """Why no broker's port can be connected to, "" where one can; a client would try for longer than a check may."""
    why = []
    for broker in filter(None, map(str.strip, settings.kafka.brokers.split(","))):
        host, _, port = broker.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
            return ""
        except ValueError:
            why.append(f"{broker} is not host:port")
        except OSError as failed:
            why.append(f"{broker}: {failed.strerror or failed}")
    return f"no broker can be reached ({'; '.join(why)})"


def _advice(settings: Settings) -> str:
    return f"start Kafka at {settings.kafka.brokers}, or mend kafka.brokers and kafka.security"


def judged(settings: Settings, topic: str, state: "TopicState | None") -> Finding:
    """A topic as found beside the settings: its first fault."""
    if state is None:
        return wrong(f"there is no topic {topic}", _APPLY)
    sound = fine(f"{state.partitions} partitions, {state.replication} replica(s)")
    return next(_faults(settings, topic, state), sound)


def _faults(settings: Settings, topic: str, state: "TopicState") -> Iterator[Finding]:
    wanted, kafka = settings.partitions, settings.kafka
    if state.partitions != wanted:
        yield wrong(
            f"{topic} has {state.partitions} partitions, the settings say {wanted}", _partitions(state.partitions)
        )
    if state.leaderless:
        yield wrong(f"{state.leaderless} partition(s) of {topic} have no leader", "start the brokers that are down")
    if state.replication < kafka.replication:
        yield wrong(f"{topic} has {state.replication} replica(s), the settings say {kafka.replication}", _APPLY)
    if "compact" in state.cleanup:
        yield wrong(f"{topic} is compacted, which drops records", _APPLY)
    kept = kafka.topic_days * _DAY_MS
    if state.retention_ms is not None and 0 <= state.retention_ms < kept:
        days = state.retention_ms / _DAY_MS
        yield wrong(f"{topic} forgets after {days:.1f} days, the settings say {kafka.topic_days}", _APPLY)


def _partitions(there: int) -> str:
    return (
        f"set TELASSURE_PARTITIONS to {there}; more partitions need new topics: set another TELASSURE_KAFKA__PREFIX,"
        " empty databases, run telassure topics apply and load the input again"
    )
