"""Acts on prepaid balances: whatever is asked in whatever order, nothing is overspent and no money is made or lost."""

from dataclasses import replace
from unittest.mock import Mock

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.batches.routes import Routes, inner
from streams.operators.charging.purse import Purse
from streams.topologies.charging import CHARGING
from telassure.kernel.codec import decode
from telassure.kernel.events import Account, Act, ActOutcome, BalanceTransfer, Charge
from telassure.kernel.events.act import DONE
from telassure.kernel.instant import DAY
from telassure.kernel.money import Money
from tests.driver import Driver
from tests.topologies.test_charging import CATALOGUE as PLAN
from tests.topologies.test_charging import MONDAY, usage

NAMES = ("p", "q", "r")
OPENING = 10_000_000
ACCOUNTS = [Account(name, "c", "fibre", "prepaid", Money(OPENING, "EUR")) for name in NAMES]


def act(number: int, command: str, account: str, *arguments: str) -> Act:
    return Act(
        f"act-{number}", command, "account", account, account, "", 0, (), arguments, "eve", False, "why", "tmf", 5, ""
    )


def driven(*acts: Act, partitions: int = 1) -> Driver:
    driver = Driver(CHARGING, partitions, catalogue=ACCOUNTS)
    driver.pipe(*acts)
    return driver


def moves(names: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    amount = st.integers(1, 12).map(lambda whole: f"amount={whole}")
    return st.one_of(
        st.tuples(st.sampled_from(["topup", "reserve"]), names, amount),
        st.tuples(st.just("adjust"), names, st.integers(-12, -1).map(lambda whole: f"amount={whole}")),
        st.tuples(st.just("transfer"), names, amount, names.map(lambda name: f"to={name}")),
        st.tuples(
            st.sampled_from(["release", "settle"]), names, st.integers(0, 11).map(lambda n: f"reservation=act-{n}")
        ),
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(moves(st.sampled_from(NAMES)), max_size=12), st.sampled_from([1, 3]))
def test_the_ledger_adds_up_and_never_goes_below_zero(asked, partitions):
    driver = driven(*(act(number, *each) for number, each in enumerate(asked)), partitions=partitions)
    lines = driver.records(Charge)
    done = {each.act_id: each for each in driver.records(ActOutcome) if each.outcome == DONE}
    assert len(driver.records(ActOutcome)) == len(asked)
    assert all(line.balance_micros >= 0 for line in lines)
    given_out = {n: sum(line.amount_micros for line in lines if line.account == n) for n in NAMES}
    arrived = sum(line.amount_micros for line in lines if line.record_id in done and _is(done, line, "transfer"))
    assert arrived == 0  # what a transfer takes it gives
    assert all(OPENING - micros >= 0 for micros in given_out.values())


def _is(done, line: Charge, command: str) -> bool:
    return done[line.record_id].command == command


def test_usage_spends_nothing_that_is_reserved_until_it_is_released():
    driver = metered()
    driver.pipe(act(1, "reserve", "p", "amount=9.96"))
    driver.pipe(usage("c-1", account="p"))  # .06
    driver.pipe(act(2, "release", "p", "reservation=act-1"), usage("c-2", account="p"))
    lines = {line.record_id: line for line in driver.records(Charge)}
    assert (lines["c-1"].amount_micros, lines["c-1"].shortfall_micros) == (40_000, 20_000)
    assert (lines["c-2"].amount_micros, lines["c-2"].balance_micros) == (60_000, 9_900_000)


def test_an_act_moves_no_clock_so_that_older_usage_is_charged_as_ever():
    driver = metered()
    driver.pipe(usage("c-1", account="p"))
    driver.pipe(replace(act(1, "topup", "p", "amount=1"), given_at=MONDAY + 400 * DAY))
    driver.pipe(act(2, "transfer", "q", "amount=1", "to=p"), usage("c-2", account="p"), usage("c-1", account="p"))
    assert [line.record_id for line in driver.records(Charge) if line.correction] == []
    assert driver.letters() == []
    assert sum(line.record_id == "c-1" for line in driver.outputs(Charge)) == 1


def test_a_transfer_to_an_account_that_is_gone_stays_and_one_to_a_bill_too():
    driver = metered()
    driver.pipe(*(act(n, "transfer", "p", "amount=1", f"to={to}") for n, to in enumerate(("nobody", "b", "d", "p"))))
    assert driver.records(Charge) == []
    assert [each.reason.split(";")[0] for each in sorted(driver.records(ActOutcome), key=lambda each: each.act_id)] == [
        "the receiver is not in the catalogue",
        "the receiver is postpaid",
        "the receiver is in USD, the transfer in EUR",
        "the receiver is the account itself",
    ]


def metered() -> Driver:
    """The accounts on a plan by which a minute of voice is 0.06, beside one with a bill and one in dollars."""
    others = (
        Account("b", "c", "mobile", "postpaid", Money.zero("EUR")),
        Account("d", "c", "mobile", "prepaid", Money.zero("USD")),
    )
    here = [replace(account, product="mobile") for account in ACCOUNTS]
    return Driver(CHARGING, 3, catalogue=[*PLAN[:3], *here, *others])


def test_a_transfer_that_was_refused_arrives_once_when_its_letter_is_replayed():
    driver = metered()
    driver.pipe(BalanceTransfer("t-1", "z", "p", 1_000_000, "EUR", "act-1", MONDAY))
    (letter,) = driver.letters()
    driver.change(replace(ACCOUNTS[0], account_id="z", product="mobile"))
    (draft,) = inner(decode(letter.kind, letter.payload), Routes(Mock(), {CHARGING.name: 1}))
    driver.pipe(draft.event)
    assert [(line.account, line.amount_micros) for line in driver.records(Charge)] == [("z", -1_000_000)]


def test_a_reservation_that_cannot_be_spent_is_held_on():
    purse = Purse(5, reserved={"act-1": 9})
    assert purse.settle("act-1") != ""
    assert purse.held == 9
