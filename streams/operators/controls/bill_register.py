"""BillRegister: the bills that the billing system's lines make up, each kept whole as far as it has come."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from streams.catalogue import Catalogue
from streams.cells import CellCodec
from streams.fingerprints import fingerprint
from streams.operator import KeyedState, cell_key
from streams.operators.controls.policies import RETENTION
from streams.refusals import refused
from telassure.kernel.events import BilledLine, CustomerBill, DeadLetter
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import DAY, Duration, Instant
from telassure.kernel.money import Money

MOST_LINES: Final = 10_000
"""Of one bill: more than a call list of a year."""
MOST_MICROS: Final = 1 << 62
"""What a bill may come to; the tables hold 64 bits."""
SHELVED: Final[Duration] = 400 * DAY
"""How long a bill whose lines are forgotten is known to be closed: as long as it is kept."""


@dataclass(slots=True)
class Bill:
    """The lines taken, by the fingerprint of their id, and what they come to; `closed` once they are forgotten."""

    taken: dict[int, None] = field(default_factory=dict)
    micros: int = 0
    currency: str = ""
    start: Instant = 0
    end: Instant = 0
    issued_at: Instant = 0
    closed: bool = False

    def refusal(self, line: BilledLine) -> str:
        """Why a line cannot be one of it, "" where it can."""
        if self.closed:
            return "the bill is closed: its newest line came more than `leakage.retention_days` before"
        if self.taken and line.amount.currency != self.currency:
            return f"the bill is in {self.currency}, and this line is not"
        if len(self.taken) >= MOST_LINES:
            return f"the bill has {MOST_LINES:,} lines already"
        if abs(self.micros + line.amount.micros) > MOST_MICROS:
            return "the bill would come to more than can be kept"
        return ""

    def add(self, line: BilledLine, identity: int) -> None:
        first = not self.taken
        self.start = line.period_start if first else min(self.start, line.period_start)
        self.end = line.period_end if first else max(self.end, line.period_end)
        self.issued_at = line.time if first else max(self.issued_at, line.time)
        self.taken[identity] = None
        self.micros += line.amount.micros
        self.currency = line.amount.currency


_BILL: Final = CellCodec(Bill)


class BillRegister:
    """One bill an account and number. A line counts once; one whose id has been taken adds nothing, whatever it says:
    that it says something else is `UnbilledUsage`'s to tell.

    Law: the bills depend on the set of lines of different ids, not on their cutting. A bill is closed
    ("leakage", "retention_days") after its newest line: its lines are forgotten, the bill stays. A line of a closed
    bill, in another currency than those before it, or beyond `MOST_LINES` is refused.
    """

    name = "bill_register"
    state_version = 1
    reads: tuple[int, ...] = (1,)
    accepts: tuple[type, ...] = (BilledLine,)
    shortest_timer: Duration | None = DAY

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def key(self, event: BilledLine) -> str:
        return cell_key(event.account, event.bill_id)

    def fresh(self) -> Bill:
        return Bill()

    def step(
        self, batch: Sequence[BilledLine], state: KeyedState[Bill], watermark: Instant
    ) -> Iterable[CustomerBill | DeadLetter]:
        for key, bill in state.due(watermark):
            if bill.closed:
                state.forget(key)
            else:
                bill.closed = True
                bill.taken.clear()
                state.wake(key, watermark + SHELVED)
        for event in batch:
            yield from self._take(event, state)

    def dump(self, cell: Bill) -> bytes:
        return _BILL.pack(cell)

    def load(self, blob: bytes, version: int) -> Bill:
        return _BILL.unpack(blob)

    def _take(self, line: BilledLine, state: KeyedState[Bill]) -> Iterator[CustomerBill | DeadLetter]:
        bill, identity = state.of(self.key(line)), fingerprint(line.line_id)
        if identity in bill.taken:
            return
        if reason := bill.refusal(line):
            yield refused(self.name, line, reason, f"billed line {line.line_id}")
            return
        bill.add(line, identity)
        state.wake(self.key(line), bill.issued_at + RETENTION.of(self._catalogue))
        yield CustomerBill(
            customer_bill_id=derive_id("customer_bill", line.account, line.bill_id),
            bill_id=line.bill_id,
            account=line.account,
            feed=line.feed,
            period_start=bill.start,
            period_end=bill.end,
            lines=len(bill.taken),
            amount=Money(bill.micros, bill.currency),
            issued_at=bill.issued_at,
        )
