"""docs/adding/kept-record.md, run as it stands: a record type with its table, kept and read everywhere."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from streams.hosts.partition.effects import Effects
from streams.topologies.charging import CHARGING
from telassure import wiring
from telassure.kernel.instant import DAY
from telassure.kernel.money import Money
from telassure.kernel.ports import Between
from telassure.lab import Lab
from telassure.store.memory import MemoryStateStore
from telassure.store.memory_reader import MemoryRecordReader
from telassure.store.sql import SqlStateStore, migrate
from telassure.store.sql.records import schema_tables
from telassure.wiring.settings import Settings, isolated
from tests.adding import added, guide
from tests.stores.adapters import START, turn
from tests.stores.databases import created, made_by_migrations

SHOWN_NEWEST = "state_0999"


@pytest.fixture
def kind(tmp_path: Path) -> Iterator[type[Any]]:
    """PlannedWork, for as long as a test lasts."""
    newest, shown = migrate.heads()["state"], guide("kept-record")
    assert not shown.lines
    with ExitStack() as house:
        for number, (path, text) in enumerate(shown.files.items()):
            folder = tmp_path / f"added-{number}"
            folder.mkdir()
            house.enter_context(added(path, text.replace(SHOWN_NEWEST, newest), folder))
        yield import_module("telassure.kernel.events.planned_work").PlannedWork


@pytest.fixture
def settings(kind: type[Any], tmp_path: Path) -> Settings:
    found = isolated(tmp_path / "home")
    wiring.home(found)
    return found


def works(kind: type[Any], number: int = 5) -> list[Any]:
    """Announced a day after each other, every other one finished, the later the dearer."""
    states, elements = ("announced", "finished"), ("olt-1", "olt-2")
    return [
        kind(f"w-{n}", "north", states[n % 2], elements, START + n * DAY, None, 0.5, Money(n, "EUR"))
        for n in range(number)
    ]


@pytest.fixture
def kept(kind: type[Any], settings: Settings) -> list[Any]:
    several = works(kind)
    with closing(wiring.state_store(settings, "charging")) as store:
        store.commit(turn(records=several))
    return several


def test_the_shown_migration_makes_the_declared_table(kind: type[Any], tmp_path: Path) -> None:
    assert "planned_work" in schema_tables("state")
    assert made_by_migrations(tmp_path / "a", "state") == created(tmp_path / "b", "state")


def test_a_turn_keeps_what_an_operator_gives_out(kind: type[Any]) -> None:
    effects, (work,) = Effects(CHARGING, 0, {}), works(kind, 1)
    effects.add(["planner"], [(0, work, (1, ""))], lambda: START)
    assert list(effects.records.values()) == [work]


def test_it_is_read_by_id_and_comes_back_as_it_was(kept: list[Any], settings: Settings) -> None:
    with closing(wiring.reader(settings)) as reader:
        assert reader.get(type(kept[0]), "w-3") == kept[3]


def test_it_is_filtered_ordered_and_listed_by_pieces(kept: list[Any], settings: Settings) -> None:
    kind = type(kept[0])
    with closing(wiring.reader(settings)) as reader:
        first = reader.find(kind, {"announced_at": Between(START + DAY)}, limit=3)
        rest = reader.find(kind, {"announced_at": Between(START + DAY)}, limit=3, after=first.after)
        open_ones = list(reader.every(kind, {"state": "announced"}, ("announced_at",)))
    assert [work.work_id for work in (*first.rows, *rest.rows)] == ["w-4", "w-3", "w-2", "w-1"]
    assert (first.said, rest.after) == ("3 of 4", "")
    assert [work.work_id for work in open_ones] == ["w-0", "w-2", "w-4"]


def test_it_is_in_the_digest(kept: list[Any], settings: Settings) -> None:
    with closing(wiring.reader(settings)) as reader:
        before = reader.digests()["planned_work"]
        with closing(wiring.state_store(settings, "charging")) as store:
            store.commit(turn(1, 2, records=works(type(kept[0]), 6)[5:]))
        assert reader.digests()["planned_work"] != before
        assert reader.counts()["planned_work"] == 6


def test_it_is_in_the_lab(kept: list[Any], settings: Settings) -> None:
    with Lab(settings.home) as lab:
        found = lab.records("planned_work", order=("announced_at",))
    assert list(found["work_id"]) == [work.work_id for work in kept]
    assert list(found.columns) == [field.name for field in fields(kept[0])]


def test_the_memory_store_keeps_it_too(kind: type[Any]) -> None:
    store = MemoryStateStore()
    store.commit(turn(records=works(kind)))
    found = MemoryRecordReader(store).find(kind, {"state": "finished"})
    assert [work.work_id for work in found.rows] == ["w-3", "w-1"]


def test_finished_ones_are_removed_by_age(kept: list[Any], settings: Settings) -> None:
    with closing(wiring.state_store(settings, "charging")) as store:
        assert store.remove(type(kept[0]), 2 * DAY, START + 9 * DAY) == 1
    with closing(wiring.reader(settings)) as reader:
        assert sorted(work.work_id for work in reader.every(type(kept[0]))) == ["w-0", "w-2", "w-3", "w-4"]


def test_a_database_from_before_gets_the_table(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path}/before.db"
    SqlStateStore(url).close()
    kind = request.getfixturevalue("kind")
    with closing(SqlStateStore(url)) as store:
        store.commit(turn(records=works(kind)))
        assert store.remove(kind, DAY, START + 9 * DAY) == 1
