"""What comes out of charging: the ledger's lines, and money that controls found missing."""

from dataclasses import dataclass, field
from typing import Final

from telassure.kernel.filling import filled_at_once
from telassure.kernel.instant import Instant
from telassure.kernel.kept import BusinessRecord, Kept
from telassure.kernel.money import Money
from telassure.kernel.rights import VIEW


@filled_at_once
@dataclass(frozen=True, slots=True)
class Charge(BusinessRecord):
    """One ledger line: a usage record, a recharge (negative amount) or a correction, exactly once by `charge_id`.

    `amount_micros` is what the account was charged; `shortfall_micros` is the part of the price a prepaid balance could
    not cover. `balance_micros` is the balance after it (postpaid: minus what is owed). `correction` marks late usage.

    `sequence` counts the lines of an account and currency from 1 on, 0 on a line that was written before lines were
    counted. `zone` is the prefix of the tariff that priced the usage, `rate_row` the place of the row among those of
    that service and prefix, from 1 on, and `catalogue_version` the catalogue that said so. `corrects` is the id of the
    line that this one corrects, by a difference; "" on a line that stands for itself.

    The store that appends the line adds the rest: `seal`, which names the commit ("partition/offset"), the `checksum`
    of the line, and on the last line of the seal the `digest` of the chain up to there.
    """

    charge_id: str
    record_id: str
    account: str
    service: str
    tariff: str
    time: Instant
    volume: int
    amount_micros: int
    shortfall_micros: int
    balance_micros: int
    currency: str
    correction: bool
    sequence: int = 0
    catalogue_version: int = 0
    zone: str = ""
    rate_row: int = 0
    corrects: str = ""
    seal: str = field(default="", compare=False)
    checksum: int = field(default=0, compare=False)
    digest: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class BalanceTransfer:
    """Money that has left the prepaid account `origin` by an act and is to arrive at `account`, once by `transfer_id`.
    It moves no clock of the account: `given_at` is when the act was given."""

    transfer_id: str
    account: str
    origin: str
    micros: int
    currency: str
    act_id: str
    given_at: Instant
    feed: str = ""
    time: Instant = 0


@dataclass(frozen=True, slots=True)
class RevenueLeakage(BusinessRecord):
    """GB941: money a control found missing. `subject` is the account or the switch; state "open" or "recovered"."""

    leakage_id: str
    control: str
    subject: str
    service: str
    period_start: Instant
    period_end: Instant
    expected: Money
    found: Money
    amount: Money
    state: str
    reason: str
    time: Instant


APPENDED: Final = (
    "sequence",
    "catalogue_version",
    "zone",
    "rate_row",
    "corrects",
    "seal",
    "checksum",
    "digest",
)
# By time first: a ledger grows at its end, and in a tree by id alone 10,000 random ids touch 10,000 pages a commit.
# The id derives from the usage record or recharge it charges, whose time is part of it.
CHARGES: Final = Kept(
    Charge,
    "charge",
    time="time",
    order=("-time",),
    filters=("time", "account", "service", "currency"),
    key=("time", "charge_id"),
    archived=True,
    unhashed=APPENDED,  # what is concluded of the same input is the same, wherever it was catalogued and sealed
    appended=APPENDED,
    shown_to=(VIEW,),
)
LEAKAGE: Final = Kept(
    RevenueLeakage,
    "revenue_leakage",
    time="time",
    order=("-amount",),
    filters=("state", "control", "subject", "service", "time"),
    indexes=(("state", "time"),),
    closed=("recovered",),
    shown_to=(VIEW,),
)
