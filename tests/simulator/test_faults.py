"""Every kind of fault leaves its trace in the feeds, and its ground truth in the plan."""

from typing import Any

import numpy as np
import pytest

from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import DAY, HOUR, MINUTE
from telassure.simulator.config import FaultKind
from telassure.simulator.operator import DemoOperator
from telassure.simulator.usage import SIM_BOX_CALLS_PER_HOUR

from .demo import AT, BEGIN, LASTS, days, during_fault, small, with_fault


def alarmed(found: dict[str, list[Any]]) -> set[str]:
    return {a["managed_object"] for a in found["alarms"] if a["perceived_severity"] != "cleared"}


def test_a_fibre_cut_silences_link_and_interfaces_and_loads_the_detours() -> None:
    operator = with_fault(FaultKind.FIBRE_CUT, "link-aachen-koeln", alarm_loss=0.0, cause_alarm_loss=0.0)
    found, quiet = days(operator), days(DemoOperator(small()))
    interfaces = ["if-aachen-koeln", "if-koeln-aachen"]
    assert alarmed(found) == {"link-aachen-koeln", *interfaces}
    assert during_fault(found["measurements"], "IF.UtilOut", interfaces).max() == 0.0
    detour = [
        during_fault(f["measurements"], "IF.UtilOut", ["if-koeln-bonn", "if-koeln-essen", "if-koeln-duesseldorf"])
        for f in (found, quiet)
    ]
    assert detour[0].size
    assert detour[0].mean() > 1.3 * detour[1].mean()


def test_a_power_loss_takes_the_site_down_from_the_mains_to_the_cells() -> None:
    operator = with_fault(FaultKind.SITE_POWER_LOSS, "power-ulm-1", alarm_loss=0.0, cause_alarm_loss=0.0)
    found = days(operator)
    cells = [f"cell-ulm-1-{sector}" for sector in (1, 2, 3)]
    assert alarmed(found) == {"power-ulm-1", "bts-ulm-1", *cells}
    assert during_fault(found["measurements"], "PEE.AvgPower", ["site-ulm-1"]).max() == 0.0
    assert during_fault(found["measurements"], "RRU.PrbUsedDl", cells).size == 0


def test_a_sleeping_cell_carries_nothing_and_says_nothing() -> None:
    found, quiet = days(with_fault(FaultKind.SLEEPING_CELL, "cell-ulm-1-2")), days(DemoOperator(small()))
    asleep, awake = (during_fault(f["measurements"], "RRU.PrbUsedDl", ["cell-ulm-1-2"]) for f in (found, quiet))
    assert found["alarms"] == []
    np.testing.assert_allclose(asleep, 0.02 * awake, atol=0.002)


def test_a_congested_router_slows_the_cells_behind_it() -> None:
    found, quiet = days(with_fault(FaultKind.CONGESTED_CORE, "router-kassel")), days(DemoOperator(small()))
    cells = [f"cell-kassel-1-{sector}" for sector in (1, 2, 3)]
    slow, usual = (during_fault(f["measurements"], "DRB.UEThpDl", cells).mean() for f in (found, quiet))
    assert during_fault(found["measurements"], "CPU.UsageMean", ["router-kassel"]).min() > 85
    assert slow == pytest.approx(0.35 * usual, rel=1e-3)
    assert len(alarmed(found)) < len(operator_reach("router-kassel")) / 2


def operator_reach(target: str) -> dict[str, int]:
    return DemoOperator(small()).world.network.reach(target)


def test_a_feed_gap_loses_records_that_the_switch_still_counts() -> None:
    found, quiet = days(with_fault(FaultKind.CDR_FEED_GAP, "msc-1")), days(DemoOperator(small()))
    lost = set(quiet["usage"]) - set(found["usage"])
    assert lost == {r for r in quiet["usage"] if r[4] == "msc-1" and BEGIN + AT <= r[5] < BEGIN + AT + LASTS}
    assert lost
    assert found["counts"] == quiet["counts"]


MORNING = {"at": 26 * HOUR, "lasts": 8 * HOUR}  # of the second day, when the bills of the first are issued


def test_a_wrong_tariff_bills_one_product_too_low() -> None:
    found, quiet = days(with_fault(FaultKind.WRONG_TARIFF, "business-mobile", **MORNING)), days(DemoOperator(small()))
    changed = [(new, old) for new, old in zip(found["bills"], quiet["bills"], strict=True) if new != old]
    assert changed
    assert all(new["account"].startswith("account-e") for new, _ in changed)
    assert all(float(new["amount"]) < float(old["amount"]) for new, old in changed)
    assert found["usage"] == quiet["usage"]


def test_an_unbilled_service_leaves_a_service_off_the_bills_of_an_account() -> None:
    quiet = days(DemoOperator(small()))
    billed = [line["account"] for line in quiet["bills"] if line["service"] == "data" and line["period_start"] == BEGIN]
    victim = sorted(billed)[0]
    found = days(with_fault(FaultKind.UNBILLED_SERVICE, victim, **MORNING))
    lost = [line for line in quiet["bills"] if line not in found["bills"]]
    assert [(line["account"], line["service"], line["period_start"]) for line in lost] == [(victim, "data", BEGIN)]
    assert [line for line in found["bills"] if line not in quiet["bills"]] == []


def test_an_unbilled_service_on_demand_hits_the_account_that_is_billed_next() -> None:
    operator = DemoOperator(small(first_cycle_hour=0, cycle_hours=24))
    operator.open(BEGIN, BEGIN + DAY)
    start = BEGIN + 10 * HOUR
    target = operator.inject(FaultKind.UNBILLED_SERVICE, start).target
    usual = operator.world.usual_targets(FaultKind.UNBILLED_SERVICE)
    wait = {h.account: (h.cycle - start) % DAY for h in operator.world.customers.holders if h.account in usual}
    assert wait[target] == min(wait.values())


def test_a_sim_box_makes_very_many_short_national_calls_from_few_sims() -> None:
    operator = with_fault(FaultKind.SIM_BOX, "cell-ulm-1-1")
    found, quiet = days(operator), days(DemoOperator(small()))
    extra = set(found["usage"]) - set(quiet["usage"])
    sims = {r[1] for r in extra}
    assert sims == set(operator.truths(BEGIN, BEGIN + 3 * DAY)[0]["affected_subscribers"])  # type: ignore[call-overload]
    assert len(extra) == pytest.approx(len(sims) * SIM_BOX_CALLS_PER_HOUR * LASTS / HOUR, rel=0.15)
    assert all(r[2] == "voice" and r[3].startswith("+49") and r[6] <= 75 for r in extra)
    assert len({r[3] for r in extra}) > 0.95 * len(extra)


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_kind_has_a_ground_truth_that_names_whom_it_touched(kind: FaultKind) -> None:
    operator = DemoOperator(small())
    operator.open(BEGIN, BEGIN + DAY)
    fault = operator.inject(kind, BEGIN + HOUR)
    truth = operator.truths(BEGIN, BEGIN + DAY)[0]
    assert (truth["fault_id"], truth["kind"], truth["target"]) == (fault.fault_id, str(kind), fault.target)
    assert truth["start"] == BEGIN + HOUR < truth["end"]  # type: ignore[operator]
    network_side = kind in (FaultKind.SLEEPING_CELL, FaultKind.SITE_POWER_LOSS)  # may hit where nobody lives
    assert truth["affected_customers"] or network_side


def test_a_fault_is_refused_where_its_target_does_not_fit() -> None:
    with pytest.raises(InvalidInput, match="cannot hit 'router-ulm'"):
        DemoOperator(small()).inject(FaultKind.FIBRE_CUT, BEGIN, "router-ulm")


def test_a_history_holds_each_kind_and_its_leaks_in_the_last_three_days() -> None:
    operator = DemoOperator(small(history_faults=1))
    end = BEGIN + 14 * DAY + 10 * HOUR
    operator.open(BEGIN, end)
    assert {f.kind for f in operator.plan.faults} == set(FaultKind)
    money = {FaultKind.CDR_FEED_GAP, FaultKind.WRONG_TARIFF, FaultKind.UNBILLED_SERVICE, FaultKind.SIM_BOX}
    assert all(f.start >= BEGIN + 11 * DAY for f in operator.plan.faults if f.kind in money)
    assert all(f.end <= end for f in operator.plan.faults)


def test_going_live_brings_a_plain_network_fault_within_a_minute() -> None:
    operator = DemoOperator(small())
    operator.open(BEGIN, BEGIN)
    operator.go_live(BEGIN + HOUR)
    (fault,) = operator.plan.faults
    assert fault.kind in (FaultKind.FIBRE_CUT, FaultKind.SITE_POWER_LOSS)
    assert BEGIN + HOUR + 45_000_000 <= fault.start <= BEGIN + HOUR + MINUTE
    assert fault.end - fault.start == 6 * MINUTE


def test_what_a_long_live_run_remembers_is_bounded() -> None:
    operator = DemoOperator(small(sites_per_city=1, live_granularity=HOUR, live_rates={FaultKind.FIBRE_CUT: 2.0}))
    operator.open(BEGIN, BEGIN)
    remembered = []
    for hour in range(24 * 12):
        for _ in operator.live(BEGIN + hour * HOUR):
            pass
        remembered.append(len(operator.plan.faults))
    assert max(remembered[24 * 8 :]) < 1.5 * max(remembered[24 * 3 : 24 * 6])
