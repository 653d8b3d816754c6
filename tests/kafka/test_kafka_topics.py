"""Topics: what a plan says of every difference, and that applying it to a real broker leaves nothing to change."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from telassure import wiring
from telassure.app.cli.topics import topics_app
from telassure.kernel.errors import ConfigurationError
from telassure.store.kafka.admin import KafkaTopics
from telassure.store.kafka.log import KafkaEventLog
from telassure.store.kafka.topics import Topic, apply, plan, wanted
from telassure.store.memory import MemoryPositionLedger
from telassure.wiring.settings import Settings
from tests.kafka.brokers import RealBroker
from tests.kafka.fixtures import Cluster
from tests.stores.adapters import entry

WISH = wanted("p", ["charging"], 4, 1, 7)[0]


@pytest.fixture
def real(real_kafka: RealBroker) -> Cluster:
    return Cluster(real_kafka.bootstrap, real=True)


@pytest.fixture
def cluster(real: Cluster) -> Iterator[KafkaTopics]:
    with closing(KafkaTopics(real.client)) as found:
        yield found


def test_a_topic_is_kept_by_time_and_not_compacted() -> None:
    assert WISH.name == "p.charging"
    assert (WISH.config["cleanup.policy"], WISH.config["retention.ms"]) == ("delete", "604800000")


@pytest.mark.parametrize(
    ("there", "changes"),
    [
        ({}, [("create", "", "")]),
        ({"p.charging": WISH}, []),
        ({"p.charging": replace(WISH, partitions=2)}, [("partitions", "2", "")]),
        ({"p.charging": replace(WISH, partitions=2, empty=False)}, [("partitions", "2", "keys would move")]),
        ({"p.charging": replace(WISH, partitions=8)}, [("partitions", "8", "cannot lose partitions")]),
        ({"p.charging": replace(WISH, replication=3)}, [("replication", "3", "kafka-reassign-partitions")]),
        (
            {"p.charging": replace(WISH, config=dict(WISH.config) | {"cleanup.policy": "compact"})},
            [("cleanup.policy", "compact", "")],
        ),
    ],
)
def test_a_plan_names_every_difference(there: Mapping[str, Topic], changes: list[tuple[str, str, str]]) -> None:
    found = plan([WISH], there)
    assert [(each.change, each.before) for each in found] == [(change, before) for change, before, _ in changes]
    assert all(
        why in each.refused and bool(why) == bool(each.refused) for each, (*_, why) in zip(found, changes, strict=True)
    )


def test_applied_once_nothing_is_left_to_change(cluster: KafkaTopics, real: Cluster) -> None:
    wishes = wanted(real.prefix, ["charging", "detection"], 3, 1, 7)
    first = plan(wishes, cluster.found(wishes))
    apply(cluster, wishes, first)
    assert [each.change for each in first] == ["create", "create"]
    assert plan(wishes, cluster.found(wishes)) == []
    assert all(replace(cluster.found(wishes)[wish.name], empty=True) == wish for wish in wishes)


def test_a_configuration_is_altered_and_an_empty_topic_grows(cluster: KafkaTopics, real: Cluster) -> None:
    before, after = wanted(real.prefix, ["charging"], 2, 1, 7), wanted(real.prefix, ["charging"], 4, 1, 9)
    apply(cluster, before, plan(before, {}))
    changes = plan(after, cluster.found(after))
    apply(cluster, after, changes)
    assert {(each.change, each.refused) for each in changes} == {("partitions", ""), ("retention.ms", "")}
    assert plan(after, cluster.found(after)) == []


def test_more_replicas_than_brokers_are_a_matter_of_the_settings(cluster: KafkaTopics, real: Cluster) -> None:
    wishes = wanted(real.prefix, ["charging"], 1, 3, 7)
    with pytest.raises(ConfigurationError, match=r"kafka\.replication"):
        apply(cluster, wishes, plan(wishes, {}))


def test_the_command_shows_its_plan_applies_it_once_and_refuses_to_move_keys(
    real: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"KAFKA__BROKERS": real.bootstrap, "KAFKA__PREFIX": real.prefix, "PARTITIONS": "2"}
    settings |= {"DATABASE__URL": "postgresql://unused@127.0.0.1:1/unused", "LOG_LEVEL": "ERROR"}
    settings["PSEUDONYM_KEY"] = "5e" * 32
    migrated: list[Settings] = []
    monkeypatch.setattr(wiring, "home", migrated.append)
    for name, value in settings.items():
        monkeypatch.setenv(f"TELASSURE_{name}", value)
    planned, declined, applied, again = (
        CliRunner().invoke(topics_app, arguments, input="n\n")
        for arguments in (["plan", "--json"], ["apply", "--json"], ["apply", "--yes", "--json"], ["apply", "--json"])
    )
    assert [each.exit_code for each in (planned, declined, applied, again)] == [0, 1, 0, 0], applied.output
    assert len(migrated) == 2  # by each that applied, and not by who was asked and declined
    asked, answer = declined.stdout.splitlines()  # the runner echoes what it types
    assert (asked.strip(), json.loads(answer)["applied"]) == ("n", False)
    assert len(json.loads(planned.stdout)["changes"]) == len(json.loads(answer)["changes"]) == 3
    assert json.loads(applied.stdout)["applied"] is True
    assert json.loads(again.stdout) == {"changes": [], "applied": True}
    with closing(KafkaEventLog(real.client, real.prefix, MemoryPositionLedger())) as log:
        log.append([entry("1")])
    monkeypatch.setenv("TELASSURE_PARTITIONS", "4")
    refused = CliRunner().invoke(topics_app, ["apply", "--yes", "--json"])
    assert refused.exit_code == 1
    assert "keys would move" in refused.stderr.replace("\n", " ")
    assert json.loads(refused.stdout)["applied"] is False


def test_without_kafka_there_are_no_topics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TELASSURE_KAFKA__BROKERS", raising=False)
    ended = CliRunner().invoke(topics_app, ["plan"])
    assert ended.exit_code == 2
    assert "kafka.brokers is not set" in ended.stderr
