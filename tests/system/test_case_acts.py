"""Decisions about cases of leakage: given on the command line, kept, and followed by every sum of open money."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from typer.testing import CliRunner

from telassure import wiring
from telassure.app.cli.main import app
from telassure.kernel.events import ActOutcome, CaseDecision, RevenueLeakage
from telassure.kernel.ports import AssuranceReader
from tests.system.test_controls import asked, lose_a_bill, settings  # noqa: F401  # a fixture


@pytest.fixture
def reader(settings: Any) -> Iterator[AssuranceReader]:  # noqa: F811
    """Of an installation with two open cases, and a worker that runs."""
    lose_a_bill(settings, days=(1, 3, 5), billed=(5,))
    stop = threading.Event()
    with wiring.worker(settings, ["charging"], live=True) as host, closing(wiring.reader(settings)) as found:
        thread = threading.Thread(target=host.run, args=(stop,))
        thread.start()
        try:
            assert found.count(RevenueLeakage, {"state": "open"}) == 2
            yield found
        finally:
            stop.set()
            thread.join()


def act(*words: str, code: int = 0) -> str:
    ran = CliRunner().invoke(app, ["act", *words])
    assert ran.exit_code == code, ran.output
    return " ".join((ran.stdout + ran.stderr).split())


def case(reader: AssuranceReader) -> str:
    """The older one; both are of 0.20 EUR."""
    found, _ = reader.find(RevenueLeakage, {"state": "open"}, ("time",)).rows
    return found.leakage_id


def dispute(reader: AssuranceReader) -> None:
    act("dispute", case(reader), "--why", "a test account", "--user", "eve")


def line() -> tuple[Any, ...]:
    found = asked()["unbilled_usage"]
    return found["state"], found["open"], found["disputed"], found["amounts"]


def test_a_disputed_case_is_in_no_sum_of_open_money(reader: AssuranceReader) -> None:
    dispute(reader)
    assert ([each.micros for each in reader.open_leakage()], line()) == ([200_000], ("open", 1, 1, {"EUR": "0.20 EUR"}))


def test_a_control_all_of_whose_cases_are_disputed_says_so(reader: AssuranceReader) -> None:
    for each in reader.find(RevenueLeakage, {"state": "open"}).rows:
        act("dispute", each.leakage_id, "--why", "a test account")
    assert (list(reader.open_leakage()), line()) == ([], ("disputed", 0, 2, {}))


def test_an_approved_case_stays_open_money(reader: AssuranceReader) -> None:
    act("approve", case(reader))
    assert (len(reader.open_leakage()), line()) == (1, ("open", 2, 0, {"EUR": "0.40 EUR"}))


def test_a_disputed_case_that_is_approved_counts_again(reader: AssuranceReader) -> None:
    dispute(reader)
    act("approve", case(reader))
    assert [(each.cases, each.micros) for each in reader.open_leakage()] == [(2, 400_000)]


def test_who_decided_when_and_why_is_kept_with_the_case(reader: AssuranceReader) -> None:
    dispute(reader)
    [kept], [audit] = reader.find(CaseDecision).rows, reader.find(ActOutcome).rows
    said = (kept.leakage_id, kept.subject, kept.decision, kept.user, kept.why, kept.decided_at)
    assert said == (case(reader), "a-1", "disputed", "eve", "a test account", audit.given_at)


def test_what_is_decided_so_already_is_refused(reader: AssuranceReader) -> None:
    dispute(reader)
    assert "disputed already by eve" in act("dispute", case(reader), "--why", "again", code=1)


def test_a_dispute_wants_a_reason(reader: AssuranceReader) -> None:
    assert "why" in act("dispute", case(reader), code=2)


def test_the_record_of_the_case_stays_as_its_control_left_it(reader: AssuranceReader) -> None:
    before = reader.get(RevenueLeakage, case(reader))
    dispute(reader)
    assert reader.get(RevenueLeakage, case(reader)) == before


def test_the_outcome_is_printed_for_programs_too(reader: AssuranceReader) -> None:
    assert json.loads(act("approve", case(reader), "--json"))["outcome"] == "done"


def test_a_decision_given_twice_under_one_id_is_one(reader: AssuranceReader) -> None:
    for _ in range(2):
        act("dispute", case(reader), "--why", "a test account", "--user", "eve", "--id", "mine")
    assert [each.act_id for each in reader.find(ActOutcome).rows] == ["mine"]
    assert [(each.decision, each.user) for each in reader.find(CaseDecision).rows] == [("disputed", "eve")]


def test_an_id_of_another_decision_is_refused_and_decides_nothing(reader: AssuranceReader) -> None:
    act("dispute", case(reader), "--why", "a test account", "--id", "mine")
    assert "mine was given before with other content" in act("approve", case(reader), "--id", "mine", code=1)
    assert [each.decision for each in reader.find(CaseDecision).rows] == ["disputed"]


def test_a_decision_is_in_the_list_of_acts_with_who_and_why(reader: AssuranceReader) -> None:
    dispute(reader)
    (listed,) = json.loads(act("list", "--object", case(reader), "--json"))["acts"]
    assert (listed["command"], listed["user"], listed["why"]) == ("dispute", "eve", "a test account")
