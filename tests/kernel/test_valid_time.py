"""Links in valid time: what holds at a moment is the link that began last, in whatever order they were stated."""

from hypothesis import given
from hypothesis import strategies as st

from telassure.kernel.codec import decode
from telassure.kernel.events import Account, CatalogueChange, Product, Subscriber
from telassure.kernel.money import Money
from telassure.kernel.valid_time import ValidTimes

links = st.dictionaries(st.one_of(st.none(), st.integers(0, 50)), st.text("abc", max_size=1), max_size=6)


def stated(order):
    made = ValidTimes[str]()
    for since, value in order:
        made.put("sim", since, value)
    return made


@given(links, st.data())
def test_the_order_in_which_links_are_stated_is_without_effect(found, data):
    order = data.draw(st.permutations(list(found.items())))

    assert stated(order) == stated(found.items())


@given(links, st.integers(-5, 60))
def test_what_holds_is_the_link_that_began_last(found, time):
    instants = {-1_000 if since is None else since: value for since, value in found.items()}
    begun = {since: value for since, value in instants.items() if since <= time}

    assert stated(found.items()).at("sim", time) == (begun[max(begun)] if begun else None)


def test_a_link_of_the_same_beginning_takes_the_place_of_the_other():
    assert stated([(5, "a"), (5, "b")]).links("sim") == [(5, "b")]


# Written by the code of the release before links had beginnings.
BEFORE = (
    "9201919392a74163636f756e7495a161a163a170a7707265706169649205a345555292aa5375627363726962657292a173a16192a750726f64"
    "75637494a170a1509201a3455552a174"
)


def test_entries_that_the_release_before_wrote_hold_from_ever():
    assert decode("catalogue_change", bytes.fromhex(BEFORE)) == CatalogueChange(
        (
            Account("a", "c", "p", "prepaid", Money(5, "EUR")),
            Subscriber("s", "a"),
            Product("p", "P", Money(1, "EUR"), "t"),
        )
    )
