"""The query string holds the view, and nothing that is not a view."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.pages.live.address import RANGES, Address

NAMES = st.text(min_size=1, max_size=40).filter(str.strip).map(lambda s: s.encode("utf-8", "ignore").decode() or "x")


@given(st.builds(Address, NAMES, st.none() | st.tuples(NAMES, NAMES), st.sampled_from(list(RANGES))))
def test_a_link_brings_back_the_view_it_was_made_from(address: Address) -> None:
    assert Address.read(address.href) == address


@pytest.mark.parametrize("query", [None, "", "?", "?range=9y", "?object=cell-1", f"?incident={'x' * 600}", "?%%%=&&"])
def test_what_is_no_view_is_the_default_view(query: str | None) -> None:
    assert Address.read(query) == Address()
