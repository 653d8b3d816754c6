"""What brings and owes money: usage, recharges, switch counts that may say more, and bills of the day before."""

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final

from telassure.evaluation.torture.request import InputRequest
from telassure.evaluation.torture.territory import ACCOUNTS, CURRENCY, SERVICES, SWITCHES, msisdn, prepaid, priced
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Instant, day_of
from telassure.kernel.money import Money

_EVERY: Final = 2 * MINUTE
COUNTED: Final = 5 * MINUTE
Rows = list[dict[str, Any]]


def usage(dice: Random, begin: Instant, end: Instant) -> Iterator[InputRequest]:
    """A body every two minutes from each switch; some records come twice, some days late, some of nobody known."""
    for switch in SWITCHES:
        sent: Rows = []
        for number, at in enumerate(range(begin + _EVERY, end, _EVERY)):
            rows = [_record(dice, switch, f"{switch}-{number}-{n}", at) for n in range(dice.randrange(1, 8))]
            if sent and dice.random() < 0.1:
                rows.append(dict(dice.choice(sent)))  # a switch writes a record into two files
            bad = frozenset[int]()
            if dice.random() < 0.03:
                rows[0]["volume"], bad = -1.5, frozenset({0})
            sent += rows[len(bad) :]
            key = f"cdr-{switch}-{number}" if dice.random() < 0.5 else ""
            yield InputRequest(at + dice.randrange(20) * SECOND, f"cdr-{switch}", "usage", rows, rows, key, bad)


def _record(dice: Random, switch: str, name: str, at: Instant) -> dict[str, Any]:
    service = dice.choice(SERVICES[:2] if switch == SWITCHES[0] else SERVICES[2:])
    volume = 1 if service == "sms" else dice.randrange(1, 900) if service == "voice" else dice.randrange(1, 1 << 24)
    time = at - dice.randrange(_EVERY) - (49 * HOUR if dice.random() < 0.02 else 0)
    row = {"record_id": name, "service": service, "time": time, "volume": volume, "switch": switch}
    row["subscriber"] = msisdn(dice.randrange(ACCOUNTS)) if dice.random() > 0.02 else "+49151999999"
    return row


def recharges(dice: Random, begin: Instant, end: Instant) -> Iterator[InputRequest]:
    number, at = 0, begin
    while (at := at + round(dice.expovariate(12 / HOUR))) < end:
        number += 1
        who = dice.choice([n for n in range(ACCOUNTS) if prepaid(n)])
        row = {"recharge_id": f"r-{number}", "account": f"a-{who}", "time": at}
        row["amount"] = {"amount": str(dice.choice((5, 10, "2.50"))), "currency": CURRENCY}
        yield InputRequest(at + SECOND, "topup", "recharges", [row], [row])


def counts(dice: Random, taken: Sequence[InputRequest], begin: Instant, end: Instant) -> Iterator[InputRequest]:
    """What the switches say of each period of the usage that they sent: now and then a record more."""
    records: Counter[tuple[str, str, Instant]] = Counter()
    volumes: Counter[tuple[str, str, Instant]] = Counter()
    for row in {row["record_id"]: row for request in taken for row in request.rows if row["volume"] > 0}.values():
        place = row["switch"], row["service"], row["time"] - row["time"] % COUNTED
        records[place] += 1
        volumes[place] += row["volume"]
    for (switch, service, start), number in sorted(records.items()):
        more = dice.random() < 0.1
        row = {"switch": switch, "service": service, "period_start": start, "period_end": start + COUNTED}
        row |= {"records": number + more, "volume": volumes[switch, service, start] + 60 * more}
        due = max(start + COUNTED, begin) + dice.randrange(60) * SECOND
        if due < end:
            yield InputRequest(due, f"counts-{switch}", "counts", [row], [row])


def bills(dice: Random, taken: Sequence[InputRequest], begin: Instant, end: Instant) -> Iterator[InputRequest]:
    """Of the day that ends in the run, what each account used: now and then a service is left out."""
    night = day_of(begin) + DAY
    sums: Counter[tuple[int, str]] = Counter()
    volumes: Counter[tuple[int, str]] = Counter()
    numbers = {msisdn(number): number for number in range(ACCOUNTS)}
    for row in {row["record_id"]: row for request in taken for row in request.rows if row["volume"] > 0}.values():
        if night - DAY <= row["time"] < night and row["subscriber"] in numbers:
            place = numbers[row["subscriber"]], row["service"]
            sums[place] += priced(row["service"], row["volume"])
            volumes[place] += row["volume"]
    for (who, service), micros in sorted(sums.items()):
        line: dict[str, Any] = {
            "line_id": f"l-{who}-{service}",
            "bill_id": f"b-{who}",
            "account": f"a-{who}",
            "service": service,
        }
        line |= {
            "period_start": night - DAY,
            "period_end": night,
            "quantity": volumes[who, service],
            "time": night + MINUTE,
        }
        line["amount"] = {"amount": str(Money(micros, CURRENCY)).split()[0], "currency": CURRENCY}
        due = night + dice.randrange(5, 20) * MINUTE
        if due < end and dice.random() < 0.9:
            yield InputRequest(due, "billing", "bills", [line], [line])
