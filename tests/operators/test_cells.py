"""Cells are read by the names of their fields: what is missing has its default, what is unknown is refused."""

from dataclasses import dataclass, field, make_dataclass
from typing import NamedTuple

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.cells import CellCodec, RowCodec
from telassure.kernel.errors import UnknownSchema

LAWFUL = settings(max_examples=60, deadline=None, database=None, derandomize=True)


@dataclass(slots=True)
class Leaf:
    weight: int
    label: str = ""


@dataclass(slots=True)
class Tree:
    height: int = 0
    root: Leaf | None = None
    names: list[str] = field(default_factory=list)
    pairs: dict[tuple[str, str], Leaf] = field(default_factory=dict)
    prints: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    row: list[Leaf] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict, compare=False)


class Point(NamedTuple):
    x: int
    y: int
    z: int = 9


TREE = CellCodec(Tree)
POINTS = RowCodec(Point, Point._fields, {"z": 9})

wide, texts = st.integers(-(2**80), 2**80), st.text(max_size=4)
leaves = st.builds(Leaf, wide, texts)
trees = st.builds(
    Tree,
    height=wide,
    names=st.lists(texts, max_size=3),
    pairs=st.dictionaries(st.tuples(texts, texts), leaves, max_size=3),
    prints=st.dictionaries(st.integers(0, 2**64 - 1), st.tuples(st.integers(0, 2**64 - 1), st.binary(max_size=9))),
    row=st.lists(leaves, max_size=3),
)


@LAWFUL
@given(trees)
def test_what_is_packed_is_unpacked_equal_with_numbers_of_any_width(tree):
    assert TREE.unpack(TREE.pack(tree)) == tree


@LAWFUL
@given(trees)
def test_what_is_unpacked_packs_to_the_same_bytes(tree):
    blob = TREE.pack(tree)

    assert TREE.pack(TREE.unpack(blob)) == blob


def test_a_cell_at_its_defaults_costs_one_byte():
    assert len(TREE.pack(Tree())) == 1


def test_what_does_not_compare_is_not_stored():
    assert TREE.pack(Tree(index={"a": 1})) == TREE.pack(Tree())


def test_a_field_that_a_release_adds_has_its_default_in_older_cells():
    later = make_dataclass("Tree", [("height", int, 0), ("bark", str, "smooth")])

    assert CellCodec(later).unpack(TREE.pack(Tree(height=3))) == later(3, "smooth")


def test_the_order_of_the_fields_is_no_part_of_the_format():
    turned = make_dataclass("Tree", [("names", list[str], field(default_factory=list)), ("height", int, 0)])

    assert CellCodec(turned).unpack(TREE.pack(Tree(height=3, names=["a"]))) == turned(["a"], 3)


def test_a_field_that_this_release_does_not_know_is_refused_by_name():
    later = make_dataclass("Tree", [("height", int, 0), ("bark", str, "smooth")])
    blob = CellCodec(later).pack(later(3, "rough"))

    with pytest.raises(UnknownSchema, match="a Tree holds 'bark', unknown to this release; run the one that wrote it"):
        TREE.unpack(blob)


def test_a_field_without_default_that_is_missing_is_refused():
    with pytest.raises(UnknownSchema, match="a Leaf with only label lacks what it cannot be without"):
        CellCodec(Leaf).unpack(msgpack.packb({"label": "x"}))


@pytest.mark.parametrize("value", [(1, 2), 7, None, "height", {3: 4}])
def test_bytes_that_are_no_cell_by_name_are_refused(value):
    with pytest.raises(UnknownSchema, match="Tree"):
        TREE.unpack(msgpack.packb(value))


def test_what_a_cell_cannot_keep_is_refused_when_it_is_packed():
    with pytest.raises(TypeError):
        TREE.pack(Tree(height=object()))


def test_rows_are_read_under_the_names_that_stand_beside_them():
    read = POINTS.reader(("y", "x", "z"))

    assert read((2, 1, 3)) == Point(1, 2, 3)


def test_rows_without_a_field_have_its_default():
    assert POINTS.reader(("x", "y"))((1, 2)) == Point(1, 2, 9)


@pytest.mark.parametrize(("names", "what"), [(("x", "y", "z", "w"), "holds"), (("x",), "lacks")])
def test_rows_with_unknown_or_without_needed_fields_are_refused(names, what):
    with pytest.raises(UnknownSchema, match=f"a Point {what}"):
        POINTS.reader(names)
