"""Alarms spread along dependencies with the delay, the loss and the duplicates that the config asks for."""

from collections import Counter

import pytest

from telassure.kernel.instant import HOUR, MINUTE, SECOND
from telassure.simulator.alarms import AlarmMessage, background, cascade
from telassure.simulator.config import DemoConfig, FaultKind
from telassure.simulator.faults import Fault
from telassure.simulator.network import build_network

CONFIG = DemoConfig()
NETWORK = build_network(CONFIG)
START, END = 100 * HOUR, 101 * HOUR


def cascades(config: DemoConfig) -> list[list[AlarmMessage]]:
    """One power loss at each of the 250 sites."""
    return [
        cascade(config, NETWORK, Fault(f"f-{place}", FaultKind.SITE_POWER_LOSS, power, START, END, "scheduled"))
        for place, power in enumerate(NETWORK.of_kind("power"))
    ]


def raised(messages: list[AlarmMessage]) -> dict[str, AlarmMessage]:
    return {str(m.body["managed_object"]): m for m in messages if m.body["perceived_severity"] != "cleared"}


def test_without_loss_everything_that_depends_on_the_cause_speaks_after_it() -> None:
    lossless = DemoConfig(alarm_loss=0.0, cause_alarm_loss=0.0)
    for messages in cascades(lossless):
        seen = {name: int(str(m.body["time"])) for name, m in raised(messages).items()}
        power = next(name for name in seen if name.startswith("power"))
        assert len(seen) == 5
        assert all(START < seen[power] <= time <= START + 30 * SECOND for time in seen.values())


def test_a_tenth_of_the_dependants_alarms_is_lost() -> None:
    heard = sum(1 for messages in cascades(CONFIG) for name in raised(messages) if not name.startswith("power"))
    assert heard / (250 * 4) == pytest.approx(1 - CONFIG.alarm_loss, abs=0.03)


def test_a_twentieth_of_the_messages_comes_twice_unchanged() -> None:
    copies = Counter(m.notification_id for messages in cascades(CONFIG) for m in messages)
    assert sum(1 for n in copies.values() if n == 2) / len(copies) == pytest.approx(CONFIG.alarm_duplicates, abs=0.02)
    assert max(copies.values()) == 2


def test_every_alarm_is_cleared_after_the_repair_at_the_next_resynchronisation_at_the_latest() -> None:
    for messages in cascades(CONFIG):
        cleared = [m for m in messages if m.body["perceived_severity"] == "cleared"]
        assert set(raised(messages)) <= {str(m.body["managed_object"]) for m in cleared}
        assert all(END < m.arrival < END + CONFIG.alarm_resync + MINUTE for m in cleared)


def test_messages_come_in_order_of_arrival_and_never_before_their_time() -> None:
    for messages in cascades(CONFIG):
        assert [m.arrival for m in messages] == sorted(m.arrival for m in messages)
        assert all(m.arrival >= int(str(m.body["time"])) for m in messages)


def test_background_alarms_come_at_their_rate_and_clear_themselves() -> None:
    messages = [m for hour in range(200) for m in background(CONFIG, NETWORK, hour)]
    states = Counter(str(m.body["perceived_severity"]) for m in messages if messages.count(m) == 1)
    assert states["warning"] + states["minor"] == pytest.approx(200 * CONFIG.noise_alarms, rel=0.1)
    assert states["cleared"] == pytest.approx(states["warning"] + states["minor"], rel=0.02)
    assert set(states) == {"warning", "minor", "cleared"}


def test_an_announced_fault_always_has_the_alarm_of_its_cause() -> None:
    deaf = DemoConfig(alarm_loss=1.0, cause_alarm_loss=1.0)
    fault = Fault("f", FaultKind.FIBRE_CUT, "link-aachen-koeln", START, END, "live", announced=True)
    assert set(raised(cascade(deaf, NETWORK, fault))) == {"link-aachen-koeln"}
