"""The ledger of charges looked through, with what of it has been archived and the balances that charging keeps."""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final

import orjson

from streams.operator import SEPARATOR
from streams.operators.charging.charge import Charger
from streams.operators.charging.purse import load_purse
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Charge
from telassure.kernel.kept import kept_as
from telassure.kernel.ports import CellRow
from telassure.store.archive import FOLDER, Archive
from telassure.store.sql.account_sums import PurseEnd
from telassure.store.sql.ledger_audit import Elsewhere, LedgerAudit, audit_ledger
from telassure.wiring.places import database_url
from telassure.wiring.settings import Settings

_CHARGING: Final = "charging"
_FIELDS: Final = tuple(field.name for field in fields(Charge))


def audited_ledger(settings: Settings, known: Path | None = None) -> LedgerAudit:
    """Every line, looked at once; `known` is what an earlier look has said, as JSON."""
    archive = Archive(settings.retention.archive or settings.home / FOLDER)
    elsewhere = Elsewhere(lambda: _archived(archive), purse_end, _heads(known) if known is not None else {})
    return audit_ledger(database_url(settings, _CHARGING), Charger.name, elsewhere)


def _archived(archive: Archive) -> Sequence[Iterator[Charge]]:
    table = kept_as(Charge).table
    files = archive.files(table)
    for each in files:
        if fault := archive.fault(each):
            raise InvalidInput(fault, str(archive.root / table / each.file))
    return [_lines(archive.root / table / each.file) for each in files]


def _lines(file: Path) -> Iterator[Charge]:
    """Those that were archived before lines were sealed are in no chain: the manifest alone vouches for them."""
    with gzip.open(file) as packed:
        for text in packed:
            stated = orjson.loads(text)
            if "seal" in stated:
                yield Charge(**{name: stated[name] for name in _FIELDS})


def purse_end(cell: CellRow) -> PurseEnd | None:
    if cell.blob is None:
        return None
    purse = load_purse(cell.blob, cell.version)
    account, _, currency = cell.key.partition(SEPARATOR)
    return None if purse.balance is None else PurseEnd(account, currency, purse.balance, purse.sequence)


def _heads(known: Path) -> Mapping[str, str]:
    try:
        heads = orjson.loads(known.read_bytes())["heads"]
        return {str(int(partition)): str(head) for partition, head in heads.items()}
    except (ValueError, KeyError, AttributeError, TypeError):
        raise InvalidInput("it is not what `telassure ledger verify --json` printed", str(known)) from None
