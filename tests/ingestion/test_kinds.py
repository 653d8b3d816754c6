"""The kinds of input: everything that is known of them follows from their declarations."""

from pathlib import Path

import pytest

from ingestion.batches.kind import kind_by_name, kind_of_fields, kinds, table

DOCS = Path(__file__).parents[2] / "docs" / "ingestion.md"


def test_the_table_of_kinds_in_the_docs_is_the_declarations():
    assert table() in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(kinds()))
def test_the_identity_of_a_kind_is_a_field_of_its_rows_and_of_its_event(name):
    kind = kinds()[name]
    known = kind.form.fields & set(kind.event.__dataclass_fields__)
    assert not kind.identity or kind.identity in known


@pytest.mark.parametrize("name", sorted(name for name, kind in kinds().items() if kind.files.telltale))
def test_an_object_with_every_field_of_a_kind_is_told_to_be_of_it(name):
    assert kind_of_fields(kinds()[name].form.fields) is kinds()[name]


@pytest.mark.parametrize("name", sorted(kinds()))
def test_a_file_is_of_the_kind_it_is_named_after(name):
    assert kind_by_name(f"{name}-2026-06.csv") is kinds()[name]


@pytest.mark.parametrize(
    ("stem", "name"), [("bill_7.csv", "bills"), ("tariffs.csv", "catalogue"), ("usage.jsonl", "usage"), ("notes", None)]
)
def test_a_file_may_be_named_after_one_row_or_a_section(stem, name):
    found = kind_by_name(stem)
    assert (found.name if found else None) == name
