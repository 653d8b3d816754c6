"""Half an hour of a small network as it lives undisturbed: faults, measurements, calls, counts and files."""

from collections.abc import Iterator, Mapping
from typing import Any

from telassure.kernel.instant import MINUTE, SECOND, iso
from tests.poison.living import Living
from tests.poison.machine import START

STEP = 10
LENGTH = 1_500
DOMAINS = ("north", "south")
CELLS = tuple(f"{domain}-c{number}" for domain in DOMAINS for number in range(1, 7))
ACCOUNTS = tuple(f"a-{number}" for number in range(1, 7))
PREPAID = "a-6"
FEEDS = ("inventory", *(f"{what}-{domain}" for what in ("fm", "pm") for domain in DOMAINS), "cdr", "switches", "shop")
SERIES_LIMIT = 400
PERIOD = 5 * MINUTE

# (domain, its cells that fail with the router, from, until)
OUTAGES = (
    ("north", (1, 2, 3), 60, 300),
    ("south", (1, 2), 180, 900),
    ("north", (4, 5, 6), 400, 1_200),
    ("south", (3, 4), 1_000, LENGTH),
)


def catalogue() -> Mapping[str, Any]:
    resources: list[dict[str, Any]] = []
    for domain in DOMAINS:
        routers = [{"resource_id": f"{domain}-r{number}", "kind": "router"} for number in (1, 2)]
        cells = [
            {"resource_id": f"{domain}-c{number}", "kind": "cell", "depends_on": [f"{domain}-r{1 + (number > 3)}"]}
            for number in range(1, 7)
        ]
        ghost = {"resource_id": f"ghost-{domain}", "kind": "cell"}  # says nothing here: poison speaks for it
        resources += [{"name": each["resource_id"], "domain": domain, **each} for each in (*routers, *cells, ghost)]
    prices = [{"service": "voice", "prefix": "", "kind": "per_unit", "rate": "0.06", "per": 60}]
    money = {"currency": "EUR"}
    return {
        "resources": resources,
        "tariffs": [{"tariff_id": "t-1", "valid_from": "2020-01-01T00:00:00Z", **money, "prices": prices}],
        "products": [{"product_id": "mobile", "name": "Mobile", "monthly_fee": "10", "tariff": "t-1", **money}],
        "customers": [{"customer_id": f"c-{account}", "name": account} for account in ACCOUNTS],
        "accounts": [_account(account) | money for account in ACCOUNTS],
        "services": [_service(number, cell) for number, cell in enumerate(CELLS)],
        "policies": [_policy(*each) for each in POLICIES],
    }


POLICIES = (
    ("leakage", "count_period_minutes", "5"),
    ("leakage", "count_delay_hours", "0.05"),
    ("detection", "series_limit", str(SERIES_LIMIT)),
)


def _policy(area: str, name: str, value: str) -> Mapping[str, str]:
    return {"area": area, "name": name, "value": value}


def _account(account: str) -> dict[str, str]:
    payment = "prepaid" if account == PREPAID else "postpaid"
    whose = {"customer": f"c-{account}", "product": "mobile", "payment": payment}
    return {"account_id": account, **whose, "opening_balance": "2" if account == PREPAID else "0"}


def _service(number: int, cell: str) -> Mapping[str, Any]:
    account = ACCOUNTS[number % len(ACCOUNTS)]
    return {
        "service_id": f"s-{cell}",
        "kind": "access",
        "account": account,
        "product": "mobile",
        "supported_by": [cell],
    }


def at(second: float) -> str:
    """The true time of a second of this half hour, as every element of it has it."""
    return iso(START + int(second * SECOND))


def live(system: Living, second: int) -> None:
    """What the network sends in one step."""
    if second == STEP:
        system.post("catalogue", catalogue(), "inventory")
    for domain, rows in _alarms(second).items():
        system.post("alarms", rows, f"fm-{domain}")
    if second % 60 == 0:
        for domain in DOMAINS:
            system.post("measurements", [_load(cell, second) for cell in CELLS if domain in cell], f"pm-{domain}")
    if second % 30 == 0:
        system.post("usage", [_call(account, second) for account in ACCOUNTS], "cdr")
    if second % 300 == 0 and second:
        system.post("counts", [_count(second)], "switches")
    if second == 600:
        system.post("recharges", [{"recharge_id": "r-1", "account": PREPAID, "amount": "1", **_paid(second)}], "shop")
    if second in (450, 1_170):
        system.drop(f"calls-{second}.csv", _file(second))


def _paid(second: int) -> Mapping[str, str]:
    return {"currency": "EUR", "time": at(second)}


def _alarms(second: int) -> Mapping[str, list[Mapping[str, str]]]:
    found: dict[str, list[Mapping[str, str]]] = {}
    for domain, numbers, begin, end in OUTAGES:
        router = f"{domain}-r{1 + (numbers[0] > 3)}"
        objects = [(router, "linkDown"), *((f"{domain}-c{number}", "cellDown") for number in numbers)]
        for severity, when in (("critical", begin), ("cleared", end)):
            for place, (name, cause) in enumerate(objects):
                if second - STEP < when + place * 2 <= second:
                    found.setdefault(domain, []).append(_alarm(name, cause, severity, when + place * 2))
    return found


def _alarm(name: str, cause: str, severity: str, second: int) -> Mapping[str, str]:
    return {"managed_object": name, "probable_cause": cause, "perceived_severity": severity, "time": at(second)}


def _load(cell: str, second: int) -> Mapping[str, Any]:
    value = 50 + 10 * ((second // 60 + CELLS.index(cell)) % 5)
    return {"managed_object": cell, "measurement": "load", "time": at(second), "value": value}


def _call(account: str, second: int) -> Mapping[str, Any]:
    identity = f"{account}-{second}"
    what = {"service": "voice", "volume": 60 + second % 45, "switch": "msc-1"}
    return {"record_id": identity, "account": account, "time": at(second), **what}


def _count(second: int) -> Mapping[str, Any]:
    """Of the five minutes before: in the third of them the switch has counted two calls that never came."""
    calls = [_call(account, when) for when in range(second - 300, second, 30) for account in ACCOUNTS if when > 0]
    lost = 2 if second == 900 else 0
    volume = sum(int(call["volume"]) for call in calls) + 60 * lost
    period = {"period_start": at(second - 300), "period_end": at(second)}
    return {"switch": "msc-1", "service": "voice", **period, "records": len(calls) + lost, "volume": volume}


def _file(second: int) -> bytes:
    rows = ["record_id,account,service,time,volume"]
    rows += [f"file-{second}-{account},{account},voice,{at(second)},61" for account in ACCOUNTS]
    return ("\n".join(rows) + "\n").encode()


def seconds() -> Iterator[int]:
    return iter(range(STEP, LENGTH + STEP, STEP))
