"""Policies that are sent, by whatever way: one that nobody knows or reads is refused with what was meant."""

import pytest

from ingestion.batches.batch import Batch, Origin
from streams.operators.detection.model_changes import ModelChange, entries
from streams.operators.policy_register import policies
from telassure.kernel.events import CatalogueChange, PolicyValue
from telassure.kernel.instant import parse_instant


def sent(world, area, name, value, selector=""):
    """What was said of a policy: "" where it was taken."""
    row = {"area": area, "name": name, "value": value, "selector": selector}
    rejected = world.submit("catalogue", {"policies": [row]}).rejected
    return rejected[0].reason if rejected else ""


@pytest.mark.parametrize(
    ("area", "name", "value", "says"),
    [
        ("leakage", "bill_delay_hour", 12, "did you mean leakage.bill_delay_hours?"),
        ("leakage", "bill_delay_hours", "soon", "not a whole number of hours; write one like 36"),
        ("correlaton", "settle_seconds", 5, "did you mean correlation.settle_seconds?"),
        ("detection", "treshold", 3, "did you mean detection.threshold?"),
    ],
)
def test_unknown_policies(world, area, name, value, says):
    assert says in sent(world, area, name, value)
    assert world.events("assurance") == []


@pytest.mark.parametrize(
    ("area", "name", "near"),
    [
        ("charging", "dedup_days", "charging.dedupe_days"),
        ("alarmlist", "age_out_seconds", "alarm_list.age_out_seconds"),
        ("assurance", "settle_seconds", "correlation.settle_seconds"),
        ("Leakage", "tolerance_micro", "leakage.tolerance_micros"),
        ("detection", "Persistence", "detection.persistence"),
        ("network", "timezone", "network.zone"),
    ],
)
def test_a_misspelt_policy_is_refused_with_the_nearest(world, area, name, near):
    assert f"did you mean {near}?" in sent(world, area, name, 1)


def test_a_policy_like_no_other_is_refused_with_where_all_are_listed(world):
    assert "telassure policies list" in sent(world, "colour", "wallpaper", "blue")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("leakage.bill_delay_hours", 0, "out of range; 1 to 87,600 hours"),
        ("charging.dedupe_days", 3, "out of range; 4 to 3,650 days"),
        ("charging.dedupe_days", 35.5, "not a whole number"),
        ("leakage.tolerance_share", "half", "0.005 or 1/200"),
        ("leakage.billed", "maybe", "neither yes nor no"),
        ("leakage.billed", False, "neither yes nor no"),
        ("ticketing.minimum_severity", 6, "0 to 5"),
        ("ticketing.minimum_severity", "major", "not a whole number"),
        ("correlation.settle_seconds", -1, "0 to 315,360,000 seconds"),
        ("detection.direction", "sideways", "none of both, up, down"),
        ("detection.kind", "gauges", "counter32"),
        ("detection.persistence", "7/5", "write one like 3/5"),
        ("detection.persistence", "3/17", "out of range; 1 to 16"),
        ("detection.threshold", "wide", "not a plain decimal"),
        ("detection.threshold", 0, "0.001 or more"),
        ("detection.silence_s", 60, "21,600 to"),
        ("detection.borrow", True, "neither on nor off"),
        ("detection.lowest", "low", "100 or none"),
        ("detection.zone", "Mars/Olympus", "write one like Europe/Berlin"),
        ("network.zone", "Europe", "write one like Europe/Berlin"),
        ("detection.holidays", "2026-12-25,26.12.", "26.12"),
        ("detection.no_alarm", "2026-03-01T22:00Z", "start/end"),
        ("detection.no_learn", "2026-03-02T22:00Z/2026-03-01T22:00Z", "does not end after"),
        ("detection.no_alarm", "Sun 2am-4am", "Sun 02:00-04:00"),
        ("detection.no_alarm", "Sun 02:00-24:30", "no time of a day"),
        ("detection.no_alarm", "Sunday 02:00-04:00", "names no days"),
        ("detection.no_alarm", "daily 02:00-02:00", "00:00-24:00"),
        ("detection.challenger", "fast", "none of novelty"),
        ("models.ranker", "7", "write one like r0123456789ab"),
    ],
)
def test_a_value_that_no_operator_can_read_is_refused(world, name, value, says):
    reason = sent(world, *name.split("."), value)
    assert f"policy {name}: " in reason
    assert says in reason


@pytest.mark.parametrize(
    ("name", "selector", "says"),
    [
        ("charging.dedupe_days", "north", "holds everywhere"),
        ("leakage.billed", "prepayed", "prepaid, postpaid"),
        ("detection.threshold", "site-*", "write a domain or a measurement"),
        ("models.ranker_parameters", "", "version of a ranker"),
    ],
)
def test_a_selector_that_has_no_effect_is_refused(world, name, selector, says):
    policy = policies()[tuple(name.split("."))]
    assert says in sent(world, *policy.place, policy.default, selector)


@pytest.mark.parametrize("policy", policies().values(), ids=str)
def test_every_policy_takes_its_own_default(world, policy):
    named = ("", "r0123456789ab", "c0123456789ab")
    selector = next(each for each in named if any(kind.takes(each) for kind in policy.by))
    assert sent(world, *policy.place, policy.default, selector) == ""


def test_what_the_product_itself_writes_is_taken(world):
    change = ModelChange("c-1", "promote", "load", "balanced", "", "sensitive", "", "ada", "why: 50 % ≥ “so”", 5, 1)
    rows = [
        {"area": entry.area, "name": entry.name, "value": entry.value, "selector": entry.selector}
        for entry in entries(change)
    ]
    assert world.submit("catalogue", {"policies": rows}).rejected == ()
    assert world.events("detection")[0] == CatalogueChange(entries(change))


def test_who_sets_a_policy_and_when_is_kept(world):
    body = {"policies": [{"area": "charging", "name": "dedupe_days", "value": 40}]}
    world.gateway.submit(Batch("catalogue", body, "1"), Origin("http", "http", actor="ada"))
    (entry,) = world.events("assurance")[0].entries
    assert (entry.set_by, entry.since) == ("ada", parse_instant("2026-06-01T12:00:00Z"))


def test_a_body_cannot_say_that_another_set_its_policies(world):
    row = {"area": "charging", "name": "dedupe_days", "value": 40, "set_by": "eve"}
    assert 'unknown field "set_by"' in world.submit("catalogue", {"policies": [row]}).rejected[0].reason


SENT = """[[policies]]
area = "leakage"
name = "bill_delay_hours"
value = "soon"

[[policies]]
area = "correlaton"
name = "settle_seconds"
value = 5
"""


def test_a_file_that_is_taken_names_the_line_of_each_refusal(world, tmp_path):
    taken = world.take(tmp_path / "rules.toml", content=SENT.encode())
    assert [(place, reason.partition(": ")[2][:30]) for place, reason in taken.refused] == [
        ("rules.toml:4", 'value "soon" of policy leakage'),
        ("rules.toml:7", 'area "correlaton": no policy c'),
    ]


@pytest.mark.parametrize(
    ("low", "beyond", "high", "default"),
    [
        ("clear_score", 1.5, "raise_score", "which is 1"),
        ("minor_score", 4, "major_score", "which is 3"),
        ("minor_score", "3.01", "major_score", "which is 3"),
    ],
)
def test_a_policy_above_the_one_that_bounds_it_is_refused(world, low, beyond, high, default):
    reason = sent(world, "detection", low, beyond)
    assert f"above detection.{high}, {default}; state both, or less" in reason
    assert world.events("detection") == []


@pytest.mark.parametrize(
    ("low", "high", "under"),
    [("clear_score", "raise_score", 2), ("minor_score", "major_score", 1.2), ("lowest", "highest", -1)],
)
@pytest.mark.parametrize("selector", ["", "north"])
def test_a_bound_below_what_it_bounds_is_refused(world, low, high, under, selector):
    both = [policy_row(high, 9, selector), policy_row(low, 3, selector)]
    assert world.submit("catalogue", {"policies": both}).rejected == ()
    assert f"below detection.{low}, which is 3" in sent(world, "detection", high, under, selector)


def policy_row(name, value, selector=""):
    return {"area": "detection", "name": name, "value": value, "selector": selector}


def test_two_policies_of_one_body_that_contradict_each_other_are_both_refused(world):
    rows = [policy_row("lowest", 9), policy_row("threshold", 5), policy_row("highest", 3)]
    receipt = world.submit("catalogue", {"policies": rows})
    assert [(bad.index, bad.reason.split("; ")[-1]) for bad in receipt.rejected] == [
        (0, "state both, or less"),
        (2, "state both, or more"),
    ]


def test_what_is_stated_in_general_may_not_contradict_what_one_measurement_has(world):
    rows = [policy_row("raise_score", 5), policy_row("clear_score", 4, "load")]
    assert world.submit("catalogue", {"policies": rows}).rejected == ()
    assert "below detection.clear_score, which is 4 for load" in sent(world, "detection", "raise_score", 3)


@pytest.mark.parametrize(
    "rows",
    [
        [policy_row("clear_score", 2, "load"), policy_row("raise_score", 3, "load")],
        [policy_row("clear_score", 1)],
        [policy_row("clear_score", "none"), policy_row("raise_score", 1)],
        [policy_row("lowest", -5), policy_row("highest", "none")],
        [policy_row("clear_score", 4, "load"), policy_row("raise_score", 5)],
    ],
)
def test_policies_within_their_bounds_are_taken_in_any_order(world, rows):
    assert world.submit("catalogue", {"policies": rows}).rejected == ()


def test_what_an_older_release_let_in_holds_up_nothing_that_does_not_touch_it(world):
    older = CatalogueChange((PolicyValue("detection", "clear_score", "9", "load"),))
    world.directory.learn(older.entries)
    assert sent(world, "detection", "raise_score", 2) == ""
    assert "above detection.raise_score, which is 2 for load" in sent(world, "detection", "clear_score", 8, "load")
