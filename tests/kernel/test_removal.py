"""Records older than is said for them are removed while a live worker runs, and ledgers go into an archive first."""

from pathlib import Path
from typing import Any

from telassure.kernel.errors import TransientError
from telassure.kernel.events import Alarm
from telassure.kernel.instant import DAY, Duration, Instant
from telassure.kernel.kept import BusinessRecord, kept_as
from telassure.kernel.ports import Archiving
from telassure.wiring.removal import archiving, remove_old
from telassure.wiring.settings import KafkaSettings, RetentionSettings, isolated
from tests.stores.adapters import START


class Asked:
    """A state store that says what it was asked to remove; that of alarms is away."""

    def __init__(self) -> None:
        self.asked: list[tuple[type, Duration, Instant]] = []

    def remove(self, kind: type[BusinessRecord], age: Duration, now: Instant, first: Archiving | None) -> int:
        self.asked.append((kind, age, now))
        self.archived = first is not None
        if kind is Alarm:
            raise TransientError("away")
        return 3


class Stopped:
    def now(self) -> Instant:
        return START


def asked(tmp_path: Path, **retention: Any) -> dict[str, int]:
    """The days that a store was asked for, by table."""
    settings, store = isolated(tmp_path), Asked()
    settings = settings.model_copy(update={"retention": RetentionSettings(**retention)})
    assert remove_old(store, settings, Stopped()) == 3 * (len(store.asked) - 1)
    assert {now for _, _, now in store.asked} == {START}
    return {kept_as(kind).table: age // DAY for kind, age, _ in store.asked}


def test_each_table_is_asked_by_what_is_said_for_it_and_one_that_fails_holds_up_no_other(tmp_path: Path) -> None:
    found = asked(tmp_path, records_days={"alarm": 30, "service_problem": 60})
    assert (found["alarm"], found["service_problem"], found["trouble_ticket"], found["charge"]) == (30, 60, 400, 400)


def test_what_is_in_force_and_the_record_of_acts_stay_by_default(tmp_path: Path) -> None:
    assert not {"case_decision", "threshold_change", "act_outcome"} & set(asked(tmp_path))


def test_nought_days_are_for_ever(tmp_path: Path) -> None:
    assert "trouble_ticket" not in asked(tmp_path, records_days={"trouble_ticket": 0})


def test_nothing_stays_longer_than_most_days(tmp_path: Path) -> None:
    found = asked(tmp_path, records_days={"alarm": 3}, most_days=28)
    assert (found["alarm"], found["trouble_ticket"], found["act_outcome"]) == (3, 28, 28)


def test_many_machines_archive_only_into_a_folder_that_is_named(tmp_path: Path) -> None:
    settings = isolated(tmp_path)
    many = settings.model_copy(update={"kafka": KafkaSettings(brokers="k:9092")})
    named = many.model_copy(update={"retention": RetentionSettings(archive=tmp_path / "shared")})
    assert [archiving(each) is not None for each in (settings, many, named)] == [True, False, True]
