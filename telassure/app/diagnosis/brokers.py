"""Checks of Kafka: brokers that answer, and topics as the settings want them."""

import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from telassure.app.diagnosis.check import Check, Finding, fine, refused, wrong
from telassure.kernel.errors import TelassureError, TransientError
from telassure.wiring import places
from telassure.wiring.settings import Settings

if TYPE_CHECKING:
    from telassure.store.kafka.topics import Change, Topic

_CONNECT_SECONDS: Final = 0.7
_APPLY: Final = "run: telassure topics apply"


def checks(settings: Settings) -> list[Check]:
    """The brokers, and all topics in one."""
    return [
        Check("kafka", lambda: brokers_answer(settings), "see why the brokers hang: their log, their disk"),
        Check("topics", lambda: topics_sound(settings), "look at the log of the brokers", ("kafka",)),
    ]


def brokers_answer(settings: Settings) -> Finding:
    """As many brokers as the topics have replicas, after TLS and SASL."""
    from telassure.store.kafka import examine

    unreached = _unreached(settings)
    if unreached:
        return wrong(unreached, f"start Kafka at {settings.kafka.brokers}, or mend TELASSURE_KAFKA__BROKERS")
    try:
        count = examine.brokers(places.kafka_client(settings))
    except TelassureError as failed:
        return refused(failed, _refusal(settings, failed))
    if count < settings.kafka.replication:
        return wrong(
            f"{count} broker(s) answer, {settings.kafka.replication} replicas are wanted",
            f"start the other brokers, or set TELASSURE_KAFKA__REPLICATION to {count}",
        )
    return fine(f"{count} broker(s) answer at {settings.kafka.brokers} over {settings.kafka.security}")


def _refusal(settings: Settings, failed: TelassureError) -> str:
    """What to do where a port is open and no session comes about."""
    kafka = settings.kafka
    if isinstance(failed, TransientError):
        return f"set TELASSURE_KAFKA__SECURITY ({kafka.security}) to what this listener speaks, or look at its log"
    if "there is no file" in str(failed):
        return "put the file there, or mend the setting: TELASSURE_KAFKA__CA_FILE, __CERTIFICATE_FILE or __KEY_FILE"
    return (
        "set TELASSURE_KAFKA__USERNAME and TELASSURE_KAFKA__PASSWORD (or the secret kafka_password) to a login that the"
        f" brokers know for TELASSURE_KAFKA__SASL_MECHANISM {kafka.sasl_mechanism}"
    )


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


def topics_sound(settings: Settings) -> Finding:
    """Each partition has a leader, and `telassure topics plan` has nothing to change."""
    from telassure.store.kafka import examine, topics
    from telassure.wiring import kafka_topics

    if unreached := _unreached(settings):
        return wrong(unreached, _APPLY)
    wishes = kafka_topics.wanted_topics(settings)
    states = examine.topics(places.kafka_client(settings), [wish.name for wish in wishes])
    for name, state in states.items():
        if state is not None and state.leaderless:
            return wrong(f"{state.leaderless} partition(s) of {name} have no leader", "start the brokers that are down")
    with kafka_topics.cluster(settings) as kafka:
        return judged(wishes, topics.plan(wishes, kafka.found(wishes)))


def judged(wishes: "Sequence[Topic]", changes: "Sequence[Change]") -> Finding:
    """The topics beside what `telassure topics plan` says of them."""
    if not changes:
        first = wishes[0]
        names = ", ".join(wish.name for wish in wishes)
        return fine(f"{names}: {first.partitions} partitions, {first.replication} replica(s)")
    found = "; ".join(_said(change) for change in changes)
    barred = [change for change in changes if change.refused]
    return wrong(found, barred[0].refused if barred else _APPLY)


def _said(change: "Change") -> str:
    if not change.before:
        return f"there is no topic {change.topic}" if change.change == "create" else f"{change.topic}: {change.change}"
    return f"{change.topic} has {change.change} {change.before}, the settings say {change.after}"
