"""A record that is made at once is the record it would have been."""

from collections.abc import Callable
from copy import copy
from dataclasses import FrozenInstanceError, dataclass, field, replace
from inspect import signature
from typing import Any

import pytest

from telassure.kernel.filling import filled_at_once


def plain() -> type[Any]:
    @dataclass(frozen=True, slots=True)
    class Cell:
        name: str
        sector: int = 1
        heard: list[str] = field(default_factory=list)

    return Cell


@pytest.fixture
def cell() -> Callable[..., Any]:
    return filled_at_once(plain())


def test_it_has_the_values_and_defaults_of_the_plain_one(cell: Callable[..., Any]) -> None:
    made = [repr(kind("c-7", heard=["c-8"])).rpartition(".")[2] for kind in (cell, plain())]
    assert made[0] == made[1] == "Cell(name='c-7', sector=1, heard=['c-8'])"


def test_it_is_frozen(cell: Callable[..., Any]) -> None:
    with pytest.raises(FrozenInstanceError):
        cell("c-7").sector = 2


def test_two_do_not_share_a_made_default(cell: Callable[..., Any]) -> None:
    assert cell("c-7").heard is not cell("c-8").heard


def test_its_constructor_says_what_it_takes(cell: Callable[..., Any]) -> None:
    assert list(signature(cell).parameters) == ["name", "sector", "heard"]


def test_a_missing_value_is_refused(cell: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="name"):
        cell()


def test_a_record_that_does_more_while_it_is_made_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Checked:
        name: str

        def __post_init__(self) -> None:
            assert self.name

    with pytest.raises(TypeError, match="__post_init__"):
        filled_at_once(Checked)


def test_a_field_that_is_not_given_by_place_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Named:
        name: str
        sector: int = field(default=1, kw_only=True)

    with pytest.raises(TypeError, match=r"Named\.sector"):
        filled_at_once(Named)


def test_it_is_of_its_own_class_and_is_copied_and_replaced(cell: Callable[..., Any]) -> None:
    one = cell("c-7", 3)
    assert type(one) is cell
    assert replace(one, name="c-8") == cell("c-8", 3)
    assert copy(one) == one
