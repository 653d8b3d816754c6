"""What of the input is somebody's act, as it is written down in the transaction that takes it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from hashlib import blake2b
from typing import Final

from ingestion.batches.batch import Batch, Origin
from telassure.access.trail import HOUSE
from telassure.kernel.codec import encode
from telassure.kernel.events import CatalogueChange, CatalogueEntry, PolicyValue, Tariff
from telassure.kernel.ports import AskedAct, Deed

TARIFFS: Final = "tariffs"
"""The act of stating tariffs, by the name under which it may take two persons."""
_NAMED: Final = 12
"""Of a change with more tariffs or policies the others are counted."""


def statement_deed(change: CatalogueChange, batch: Batch, origin: Origin) -> Deed:
    """The statement of a part of the catalogue: tariffs and policies by name, of what may be a customer's how many."""
    kinds = Counter(type(entry).__name__ for entry in change.entries)
    ruled = [told for entry in change.entries if (told := _named(entry))]
    counted = [f"{kinds[name]} {name}" for name in sorted(kinds) if name not in ("PolicyValue", "Tariff")]
    more = [f"{len(ruled) - _NAMED} more of them"] if len(ruled) > _NAMED else []
    said = ", ".join([*ruled[:_NAMED], *more, *counted])
    proof = batch.digest.hex() or batch.position
    return Deed(origin.actor or HOUSE, _stated(kinds), said, f"durable: {origin.source} {proof}")


def asked_tariffs(entries: Iterable[CatalogueEntry], batch: Batch, origin: Origin) -> AskedAct | None:
    """The statement of these tariffs as it is asked for, None where there are none among the entries."""
    tariffs = tuple(entry for entry in entries if isinstance(entry, Tariff))
    if not tariffs:
        return None
    _, payload = encode(CatalogueChange(tariffs))
    subject = ", ".join(sorted({entry.tariff_id for entry in tariffs}))
    act_id = batch.position if batch.guarded else ""  # a key of the client's is said again where it tries again
    return AskedAct(TARIFFS, subject, blake2b(payload, digest_size=16).digest(), origin.principal, act_id)


def act_deed(event: object, origin: Origin) -> Deed:
    """The act of a person that came as a row (`actions`, `verdicts`)."""
    identity = str(getattr(event, fields(event)[0].name))  # type: ignore[arg-type]  # events are dataclasses
    subject = str(getattr(event, "alarm_id", "") or getattr(event, "managed_object", ""))
    what = str(getattr(event, "action", "") or getattr(event, "verdict", ""))
    actor = str(getattr(event, "user", "")) or origin.actor or HOUSE
    return Deed(actor, what, subject, f"durable: {identity} by {origin.source}")


def _stated(kinds: Counter[str]) -> str:
    told = {"PolicyValue": "policies", "Tariff": "tariffs"}
    return "state " + ", ".join(sorted({told.get(name, "catalogue") for name in kinds}))


def _named(entry: CatalogueEntry) -> str:
    match entry:
        case Tariff():
            return f"tariff {entry.tariff_id}"
        case PolicyValue():
            selector = f"[{entry.selector}]" if entry.selector else ""
            return f"{entry.area}.{entry.name}{selector}={entry.value}"
    return ""
