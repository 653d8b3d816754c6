"""Two outcomes of one day beside each other, by the identities of their records."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Final

from telassure.kernel.events import (
    Alarm,
    Charge,
    KpiEpisode,
    Notification,
    RevenueLeakage,
    ServiceProblem,
    TroubleTicket,
)
from telassure.kernel.instant import iso
from telassure.kernel.kept import BusinessRecord
from telassure.kernel.money import Money
from telassure.store.memory import MemoryStateStore

COMPARED: Final[Mapping[str, type[BusinessRecord]]] = {
    "alarms": Alarm,
    "tickets": TroubleTicket,
    "notices": Notification,
    "charges": Charge,
    "leakage": RevenueLeakage,
    "episodes": KpiEpisode,
    "problems": ServiceProblem,
}
_FOLLOWS: Final = frozenset(
    {"trace", "balance_micros", "sequence", "catalogue_version", "seal", "checksum", "digest"}
)  # of what happened before: the balance behind a charge that differs, the number of a line and of a catalogue
_MICROS: Final = "_micros"


@dataclass(frozen=True, slots=True)
class Difference:
    """One record that is not the same in both: `before` None where it is added, `after` None where it is removed."""

    what: str
    identity: str
    before: BusinessRecord | None
    after: BusinessRecord | None

    @property
    def change(self) -> str:
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    def written(self) -> Mapping[str, Any]:
        """As JSON has it: of a change only the fields that differ, money in decimals, times in UTC."""
        before, after = _fields(self.before), _fields(self.after)
        differ = [name for name in before or after or {} if (before or {}).get(name) != (after or {}).get(name)]
        if before is not None and after is not None:
            before, after = {n: before[n] for n in differ}, {n: after[n] for n in differ}
        return {"what": self.what, "change": self.change, "id": self.identity, "before": before, "after": after}


def differences(before: MemoryStateStore, after: MemoryStateStore) -> Iterator[Difference]:
    """Every record that one of the two has and the other has not, or has otherwise, by kind and id."""
    for what, kind in COMPARED.items():
        was, now = before.records[kind], after.records[kind]
        for identity in sorted({*was, *now}):
            old, new = was.get(identity), now.get(identity)
            if old is None or new is None or _said(old) != _said(new):
                yield Difference(what, identity, old, new)


def tally(found: Sequence[Difference]) -> Mapping[str, Mapping[str, int]]:
    """How many of each kind are added, removed and changed."""
    return {
        what: {
            change: sum(1 for each in found if (each.what, each.change) == (what, change))
            for change in ("added", "removed", "changed")
        }
        for what in COMPARED
    }


def charged(found: Sequence[Difference]) -> Mapping[str, Mapping[str, str]]:
    """The money of the charges that differ, by currency: before, after, and after less before."""
    sums: dict[str, list[int]] = {}
    for each in found:
        for place, record in enumerate((each.before, each.after)):
            if isinstance(record, Charge):
                sums.setdefault(record.currency, [0, 0])[place] += record.amount_micros
    return {
        currency: {name: _decimal(micros) for name, micros in (("before", a), ("after", b), ("difference", b - a))}
        for currency, (a, b) in sorted(sums.items())
    }


def _said(record: BusinessRecord) -> tuple[Any, ...]:
    return tuple(getattr(record, each.name) for each in fields(record) if each.name not in _FOLLOWS)  # type: ignore[arg-type]  # each is a dataclass


def _fields(record: BusinessRecord | None) -> dict[str, Any] | None:
    if record is None:
        return None
    names = [each.name for each in fields(record) if each.name != "trace"]  # type: ignore[arg-type]  # each is a dataclass
    return {name.removesuffix(_MICROS): _written(name, getattr(record, name)) for name in names}


def _written(name: str, value: Any) -> Any:  # noqa: PLR0911 -- one line a form
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, tuple):
        return [_written("", each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, int) and name.endswith(_MICROS):
        return _decimal(value)
    if isinstance(value, int) and (name == "time" or name.endswith("_at") or name.startswith("period_")):
        return iso(value)
    return value


def _decimal(micros: int) -> str:
    return str(Money(micros, "")).strip()
