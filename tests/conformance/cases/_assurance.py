"""Streams of alarms and episodes for the laws of the assurance operators: two domains, two feeds, disorder, repeats."""

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from streams.catalogue import Catalogue
from streams.hosts.driver import Outcome
from streams.operators.commands import owner_of
from streams.topologies.assurance import NEVER_LATE, by_domain
from streams.topology import AnyOperator, Source, Topology
from telassure.kernel.events import (
    Account,
    Act,
    ActOutcome,
    Alarm,
    AlarmAction,
    AlarmNotification,
    Customer,
    EndOfFeed,
    KpiEpisode,
    Notification,
    PerceivedSeverity,
    PolicyValue,
    Product,
    Resource,
    Service,
    ServiceProblem,
    Tick,
)
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import MINUTE, SECOND
from telassure.kernel.money import Money

START = 1_700_000_000 * SECOND
DOMAINS, FEEDS = ("east", "west"), ("ems", "replay:log")
COMMANDS = (
    ("ack", "alarm"), ("unack", "alarm"), ("clear", "alarm"), ("ack", "problem"), ("unack", "problem"),
    ("assign", "ticket"), ("note", "ticket"), ("silence", "alarm's object"), ("unsilence", "alarm's object"),
)  # fmt: skip
NAMES = ("core", "hub-1", "hub-2", "cell-1", "cell-2", "cell-3", "stray")


def _entries() -> list[Any]:
    above = {"hub-1": ("core",), "hub-2": ("core",), "cell-1": ("hub-1",), "cell-2": ("hub-1",), "cell-3": ("hub-2",)}
    entries: list[Any] = []
    for domain in DOMAINS:
        for name in NAMES[:-1]:
            supports = tuple(f"{domain}/{s}" for s in above.get(name, ()))
            near = (f"{domain}/stray",) if name == "core" else ()
            entries.append(Resource(f"{domain}/{name}", "node", name, domain, supports, near))
        entries.append(Service(f"{domain}-vpn", "vpn", "a-1", "gold", (f"{domain}/cell-1",)))
    money = Money.of("73", "EUR")
    entries += [Product("gold", "Gold", money, "flat"), Customer("acme", "Acme", "business")]
    entries += [Account("a-1", "acme", "gold", "postpaid", Money.zero("EUR"))]
    at_once = PolicyValue("ticketing", "alone_seconds", "0", FEEDS[0])
    return [*entries, PolicyValue("ticketing", "minimum_severity", "2"), at_once]


ENTRIES = tuple(_entries())


def topology(operators: Callable[[Catalogue], Sequence[AnyOperator]]) -> Callable[[], Topology]:
    sources = tuple(Source(event, by_domain) for event in (AlarmNotification, AlarmAction, KpiEpisode))
    asked = Source(Act, owner_of, lateness=NEVER_LATE)
    return lambda: Topology("laws", (*sources, asked), operators, notices=(Notification,))


@st.composite
def notifications(draw: st.DrawFn) -> AlarmNotification:
    domain = draw(st.sampled_from(DOMAINS))
    at = START + draw(st.integers(0, 900)) * SECOND
    ends = draw(st.sampled_from((None, None, None, at + 30 * SECOND, at + 400 * SECOND)))
    severity = draw(st.sampled_from(list(PerceivedSeverity)))
    name = f"{domain}/{draw(st.sampled_from(NAMES))}"
    number = draw(st.integers(0, 2000))
    return AlarmNotification(
        f"n-{number}", domain, draw(st.sampled_from(FEEDS)), name, "equipmentAlarm", "", "", severity, at, ends
    )


@st.composite
def episodes(draw: st.DrawFn) -> KpiEpisode:
    domain = draw(st.sampled_from(DOMAINS))
    name = f"{domain}/{draw(st.sampled_from(NAMES))}"
    start = START + draw(st.integers(0, 40)) * SECOND
    state = draw(st.sampled_from(("open", "closed")))
    changed = start + (0 if state == "open" else 200 * SECOND)
    ended = None if state == "open" else changed
    return KpiEpisode(
        f"{name}@{start}", domain, "pm", name, "latency", state, 4, start, changed, ended, 3.0, 9.0, 1.0, "high"
    )


@st.composite
def actions(draw: st.DrawFn) -> AlarmAction:
    """Of alarms that never were: what the list must refuse."""
    domain = draw(st.sampled_from(DOMAINS))
    action = draw(st.sampled_from(("acknowledge", "unacknowledge", "clear", "explode")))
    at = START + draw(st.integers(0, 900)) * SECOND
    return AlarmAction(f"act-{draw(st.integers(0, 99))}", domain, "none-0", action, "noc", at)


@st.composite
def acts(draw: st.DrawFn) -> Act:
    """Commands on alarms, problems and tickets, of which some are there."""
    domain = draw(st.sampled_from(DOMAINS))
    command, kind = draw(st.sampled_from(COMMANDS))
    at = START + draw(st.integers(0, 900)) * SECOND
    name = f"{domain}/{draw(st.sampled_from(NAMES))}"
    alarm = f"{derive_id(name, 'equipmentAlarm', '', '')}-{START + draw(st.integers(0, 900)) * SECOND:x}"
    target = {"ticket": "p-0", "alarm's object": name}.get(kind, alarm)
    return Act(
        f"act-{draw(st.integers(0, 9_999))}", command, kind, alarm if kind == "alarm" else f"{kind}-0", domain,
        draw(st.sampled_from(FEEDS)), at, (target,), ("to=noc", "text=seen", "minutes=5"), "eve", True, "", "page", at,
    )  # fmt: skip


@st.composite
def streams(draw: st.DrawFn) -> list[Any]:
    """Nearly in order, then the end of it: ticks and the end of the recorded feed."""
    events = draw(
        st.lists(
            st.one_of(notifications(), notifications(), notifications(), episodes(), actions(), acts()), max_size=40
        )
    )
    events.sort(key=lambda event: event.time // (60 * SECOND))
    repeated = draw(st.lists(st.sampled_from(events), max_size=4)) if events else []
    place = draw(st.integers(0, len(events)))
    tick = Tick(START + 300 * SECOND)
    return [*events[:place], tick, *events[place:], *repeated, EndOfFeed("replay:log", 3600 * SECOND), _end(3600)]


def new_alarms(count: int) -> list[Any]:
    """Ever new alarms, each cleared two minutes later, and the time that lets all be forgotten."""
    raised = [_notification(f"{i}", i * MINUTE, PerceivedSeverity.MAJOR) for i in range(count // 2)]
    cleared = [_notification(f"{i}", (i + 2) * MINUTE, PerceivedSeverity.CLEARED) for i in range(count // 2)]
    return sorted([*raised, *cleared], key=lambda event: event.time)


def heard(inputs: Sequence[Any], outcome: Outcome) -> bool:
    """Every alarm that was raised is in the list or dead, as is what was done to alarms that never were."""
    raised = {n.managed_object for n in inputs if isinstance(n, AlarmNotification) and n.perceived_severity > 0}
    listed = {alarm.managed_object for alarm in outcome.of(Alarm)} | {letter.place for letter in outcome.letters}
    refused = {letter.position for letter in outcome.letters}
    acted = {action.action_id for action in inputs if isinstance(action, AlarmAction)}
    return raised <= listed and acted <= refused and answered(inputs, outcome, "alarm")


def answered(inputs: Sequence[Any], outcome: Outcome, kind: str) -> bool:
    """Every act on this type of object has its outcome."""
    asked = {act.act_id for act in inputs if isinstance(act, Act) and act.object_type == kind}
    return asked <= {each.act_id for each in outcome.of(ActOutcome)}


def members(outcome: Outcome) -> set[str]:
    return {member for problem in outcome.of(ServiceProblem) for member in problem.members}


def _notification(name: str, at: int, severity: PerceivedSeverity) -> AlarmNotification:
    return AlarmNotification(
        f"{name}/{int(severity)}", "east", "ems", name, "equipmentAlarm", "", "", severity, START + at
    )


def _end(seconds: int) -> Tick:
    return Tick(START + 900 * SECOND + seconds * SECOND)
