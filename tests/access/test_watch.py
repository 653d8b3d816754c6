"""Security monitoring: what looks like an attack becomes one alarm, which ends, and nothing else does."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.batches.batch import Batch, Origin
from telassure import wiring
from telassure.access.principal import Principal
from telassure.access.watch import BROKEN, RULES, reports
from telassure.kernel.codec import decode
from telassure.kernel.commands import Instruction, unpermitted
from telassure.kernel.errors import NotPermitted
from telassure.kernel.events import AlarmNotification, PerceivedSeverity
from telassure.kernel.instant import HOUR, MINUTE, SECOND
from telassure.kernel.ports import Deed, EventLog
from telassure.store.sql.audit_rows import AuditEntry
from telassure.wiring.settings import Settings, isolated
from tests.stores.adapters import ROOT

FAILED = Deed("eve", "login", "page", "failed")
MAY_NOT = Deed("eve", "ack", "a-1", "may not, asked by page")
EXPORT = Deed("eve", "export backup", "/mnt/usb", "12 files")
ADMIN = Deed("kim", "access person", "eve", "roles admin, viewer")
TARIFF = Deed("eve", "state catalogue, tariffs", "tariff basic, tariff gold, 3 Account", "durable: file 1")


def entries(deed: Deed, *minutes: float) -> list[AuditEntry]:
    return [
        AuditEntry(number, int(at * MINUTE), deed.actor, deed.what, deed.subject, deed.outcome, b"")
        for number, at in enumerate(minutes, 1)
    ]


def told(found: list[AuditEntry], now: float) -> list[tuple[str, str, float]]:
    """The rules that spoke, of which objects they did, and when in minutes; what has ended with a minus."""
    return [
        (each.rule, each.managed_object, each.time / MINUTE * (1 if each.severity else -1))
        for each in reports("access", found, int(now * MINUTE))
    ]


@pytest.mark.parametrize(
    ("deed", "rule", "concerned", "most", "window"),
    [
        (FAILED, "failed-logins", ["login/page"], 10, 10),
        (MAY_NOT, "refused-acts", ["principal/eve"], 5, 10),
        (EXPORT, "export", ["principal/eve"], 1, 60),
        (ADMIN, "new-admin", ["principal/eve"], 1, 60),
        (TARIFF, "restated-tariff", ["tariff/basic", "tariff/gold"], 3, 60),
    ],
)
def test_as_many_as_are_suspicious_are_told_once_and_end(
    deed: Deed, rule: str, concerned: list[str], most: int, window: int
) -> None:
    apart = [1000 + number * 0.5 for number in range(most + 2)]
    fewer, all_of_them = entries(deed, *apart[: most - 1]), entries(deed, *apart)
    assert told(fewer, 1100) == []
    begun = [(rule, each, apart[most - 1]) for each in concerned]
    assert told(all_of_them, apart[-1] + window - 1) == begun
    ended = [(rule, each, -(apart[-1] + window)) for each in concerned]
    assert sorted(told(all_of_them, apart[-1] + window)) == sorted([*begun, *ended])


@pytest.mark.parametrize(
    ("deed", "minutes"),
    [
        (FAILED, [1000 + 1.2 * number for number in range(40)]),
        (MAY_NOT, [1000 + 2.6 * number for number in range(40)]),
        (TARIFF, [1000, 1035, 1070, 1105]),
        (Deed("eve", "login", "page", "by password"), [1000 + number / 60 for number in range(99)]),
        (Deed("eve", "access person", "bob", "roles operator"), [1000]),
        (Deed("the installation", "access person", "admin", "roles admin"), [1000]),
        (Deed("eve", "state policies", "leakage.bill_delay_hours=48", "durable"), [1000, 1001, 1002, 1003]),
        (Deed("eve", "ack", "a-1", "durable by page: act 1"), [1000 + number / 60 for number in range(99)]),
    ],
)
def test_what_is_done_every_day_is_not_told(deed: Deed, minutes: list[float]) -> None:
    assert told(entries(deed, *minutes), 2000) == []


@pytest.mark.parametrize(("counted", "spoken"), [((1, 3, 5), 0), ((1, 9), 1), ((500,), 1)])
def test_failures_that_one_entry_counts_are_as_many(counted: tuple[int, ...], spoken: int) -> None:
    found = [
        AuditEntry(number, number * SECOND, "nobody known", "login", "api", f"failures since the last entry: {n}", b"")
        for number, n in enumerate(counted, 1)
    ]
    assert len(list(reports("access", found, MINUTE))) == spoken


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2 * HOUR)), max_size=40), st.integers(0, 40))
def test_what_was_told_at_any_moment_is_told_again_later(several: list[tuple[int, int]], cut: int) -> None:
    deeds = (FAILED, MAY_NOT, EXPORT, ADMIN, TARIFF)
    found, at = [], 0
    for number, (which, pause) in enumerate(several, 1):
        deed, at = deeds[which], at + pause
        found.append(AuditEntry(number, at, deed.actor, deed.what, deed.subject, deed.outcome, b""))
    early = found[:cut]
    before = set(reports("access", early, early[-1].at if early else 0))
    assert before <= set(reports("access", found, at + 9 * HOUR))


@pytest.mark.parametrize(("deed", "pause"), [(FAILED, 0.5), (MAY_NOT, 1.5), (TARIFF, 9.0), (EXPORT, 20.0)])
def test_an_old_attack_is_not_told_anew_when_its_beginning_is_no_longer_read(deed: Deed, pause: float) -> None:
    found = [*entries(deed, *(1000 + pause * number for number in range(40)))]
    whole = set(reports("access", found, 9000 * MINUTE))
    for cut in range(1, 40):
        assert set(reports("access", found[cut:], 9000 * MINUTE)) <= whole


@pytest.mark.parametrize("deed", [FAILED, MAY_NOT, EXPORT])
def test_what_comes_after_a_pause_is_told_wherever_reading_begins(deed: Deed) -> None:
    found = entries(deed, 1000, *(2000 + number * 0.1 for number in range(20)))[1:]
    before = replace(found[0], number=1, at=1000 * MINUTE, deed="logout", outcome="done")
    assert told([replace(before, number=2), *found], 2003) == told([before, *found], 2003) != []


@pytest.mark.parametrize(("deed", "window"), [(FAILED, 10), (MAY_NOT, 10), (EXPORT, 60)])
def test_an_attack_whose_beginning_is_no_longer_read_ends(deed: Deed, window: int) -> None:
    found = entries(deed, *(1000 + number for number in range(60)))[5:]
    assert told(found, 1059 + window - 1) == []
    assert [at for *_, at in told(found, 1059 + window)] == [-(1059 + window)]


@pytest.mark.parametrize("name", [*(rule.name for rule in RULES), BROKEN])
def test_every_alarm_has_its_playbook(name: str) -> None:
    assert f"\n## {name}\n" in (Path(ROOT) / "docs" / "security-alarms.md").read_text()


@dataclass
class Site:
    """An installation whose watch looks when it is told to."""

    settings: Settings
    log: EventLog

    def __post_init__(self) -> None:
        self.directory = wiring.CatalogueFollower(self.settings, self.log).directory

    def watch(self) -> wiring.SecurityWatch:
        gateway = wiring.gateway(self.settings, self.log, self.directory)
        return wiring.SecurityWatch(wiring.audit_trails(self.settings), gateway, wiring.WallClock())

    def alarms(self) -> list[tuple[str, str, PerceivedSeverity]]:
        records = [
            each for n in range(self.settings.partitions) for each in self.log.read("assurance", n, 0, 999, 1 << 20)
        ]
        found = [decode(each.kind, each.payload) for each in records]
        alarms = [each for each in found if isinstance(each, AlarmNotification)]
        assert {(each.feed, each.domain) for each in alarms} <= {("security", "security")}
        return [(each.specific_problem, each.managed_object, each.perceived_severity) for each in alarms]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    settings = isolated(tmp_path / "home")
    wiring.home(settings)
    with wiring.opened_log(settings) as log:
        yield Site(settings, log)


def guess_passwords(site: Site) -> None:
    sessions = wiring.page_admission(site.settings).sessions
    assert sessions is not None
    for number in range(12):
        with suppress(NotPermitted):
            sessions.login(f"name {number}", "a password of somebody", f"10.0.0.{number}")


def guess_tokens(site: Site) -> None:
    wiring.audit_trail(site.settings).record(Deed("nobody known", "login", "api", "failures since the last entry: 40"))


def act_beyond_rights(site: Site) -> None:
    with closing(wiring.reader(site.settings)) as reader:
        desk = wiring.commands(site.settings, site.log, reader, 0)
        for number in range(5):
            with suppress(NotPermitted):
                desk.give(Instruction("clear", f"a-{number}", "eve", face="api", permit=unpermitted))


def copy_all(site: Site) -> None:
    wiring.audit_trail(site.settings).record(EXPORT)


def make_an_admin(site: Site) -> None:
    wiring.access_register(site.settings, "kim").enrol(Principal("eve", frozenset({"admin"})))


def juggle_prices(site: Site) -> None:
    for rate in ("0.10", "0.00", "0.10"):
        price = {"service": "voice", "prefix": "", "kind": "per_unit", "rate": rate, "per": 60}
        body = {"tariffs": [{"tariff_id": "t", "valid_from": "2026-01-01", "currency": "EUR", "prices": [price]}]}
        gateway = wiring.gateway(site.settings, site.log, site.directory)
        gateway.submit(Batch("catalogue", body, rate), Origin("catalogue", "file", actor="eve"))


def alter_the_trail(site: Site) -> None:
    wiring.audit_trail(site.settings).record(FAILED)
    with closing(sqlite3.connect(site.settings.home / "access.db")) as access:
        access.execute("UPDATE audit_entry SET actor = 'ann'")
        access.commit()


@pytest.mark.parametrize(
    ("attack", "told"),
    [
        (guess_passwords, ("failed-logins", "login/page", PerceivedSeverity.MAJOR)),
        (guess_tokens, ("failed-logins", "login/api", PerceivedSeverity.MAJOR)),
        (act_beyond_rights, ("refused-acts", "principal/eve", PerceivedSeverity.MAJOR)),
        (copy_all, ("export", "principal/eve", PerceivedSeverity.WARNING)),
        (make_an_admin, ("new-admin", "principal/eve", PerceivedSeverity.WARNING)),
        (juggle_prices, ("restated-tariff", "tariff/t", PerceivedSeverity.MAJOR)),
        (alter_the_trail, (BROKEN, "trail/access", PerceivedSeverity.CRITICAL)),
    ],
)
def test_a_staged_attack_is_in_the_queue_after_one_look_and_once(
    site: Site, attack: Callable[[Site], None], told: tuple[str, str, PerceivedSeverity]
) -> None:
    site.watch().look()
    attack(site)
    watch = site.watch()
    watch.look()
    watch.look()
    assert site.alarms() == [told]


def test_what_was_told_before_a_restart_is_not_told_after_it(site: Site) -> None:
    guess_tokens(site)
    site.watch().look()
    site.watch().look()
    assert len(site.alarms()) == 1


def test_a_trail_that_is_emptied_while_somebody_looks_is_missed(site: Site) -> None:
    wiring.audit_trail(site.settings).record(FAILED)
    watch = site.watch()
    watch.look()
    with closing(sqlite3.connect(site.settings.home / "access.db")) as access:
        access.execute("DELETE FROM audit_entry")
        access.execute("DELETE FROM audit_head")
        access.commit()
    watch._proven.clear()
    watch.look()
    assert site.alarms() == [(BROKEN, "trail/access", PerceivedSeverity.CRITICAL)]


def test_a_trail_that_is_proven_again_ends_its_alarm(site: Site) -> None:
    alter_the_trail(site)
    watch = site.watch()
    watch.look()
    with closing(sqlite3.connect(site.settings.home / "access.db")) as access:
        access.execute("UPDATE audit_entry SET actor = 'eve'")
        access.commit()
    watch._proven.clear()
    watch.look()
    assert [severity for *_, severity in site.alarms()] == [PerceivedSeverity.CRITICAL, PerceivedSeverity.CLEARED]
