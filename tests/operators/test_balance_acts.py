"""Acts on prepaid balances: whatever is asked in whatever order, nothing is overspent and no money is made or lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.topologies.charging import CHARGING
from telassure.kernel.events import Account, Act, ActOutcome, Charge
from telassure.kernel.events.act import DONE
from telassure.kernel.money import Money
from tests.driver import Driver

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
