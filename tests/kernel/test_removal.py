"""Records older than the settings say are removed while a worker runs, and only those of the tables that they name."""

from pathlib import Path

from telassure.kernel.errors import TransientError
from telassure.kernel.events import Alarm, ServiceProblem
from telassure.kernel.instant import DAY, Duration, Instant
from telassure.kernel.kept import BusinessRecord
from telassure.wiring.removal import removal, remove_old
from telassure.wiring.settings import RetentionSettings, isolated
from tests.stores.adapters import START


class Asked:
    """A state store that says what it was asked to remove; that of alarms is away."""

    def __init__(self) -> None:
        self.asked: list[tuple[type, Duration, Instant]] = []

    def remove(self, kind: type[BusinessRecord], age: Duration, now: Instant) -> int:
        self.asked.append((kind, age, now))
        if kind is Alarm:
            raise TransientError("away")
        return 3


class Stopped:
    def now(self) -> Instant:
        return START


def test_each_table_that_is_named_is_asked_and_one_that_fails_holds_up_no_other(tmp_path: Path) -> None:
    retention = RetentionSettings(records_days={"alarm": 30, "service_problem": 60})
    store = Asked()
    gone = remove_old(store, isolated(tmp_path).model_copy(update={"retention": retention}), Stopped())
    assert (gone, store.asked) == (3, [(Alarm, 30 * DAY, START), (ServiceProblem, 60 * DAY, START)])


def test_nothing_is_removed_by_default(tmp_path: Path) -> None:
    store = Asked()
    with removal(store, isolated(tmp_path), Stopped()):
        pass
    assert (remove_old(store, isolated(tmp_path), Stopped()), store.asked) == (0, [])
