"""Statements of the catalogue by the watched directory: each drop of a file is a statement, and is taken once."""

import pytest

from ingestion.sources.files.inbox import CLAIMED, Watcher
from telassure.kernel.errors import TransientError
from tests.ingestion.test_statement import in_force, tariff

TARIFF = """[[tariffs]]
tariff_id = "t"
valid_from = "2026-01-01"
currency = "EUR"
prices = [{{ service = "voice", kind = "flat", rate = "{}" }}]
"""


@pytest.fixture
def inbox(tmp_path):
    made = tmp_path / "inbox"
    made.mkdir()
    return made


def dropped(world, inbox, rate, name="tariffs.toml"):
    (inbox / name).write_text(TARIFF.format(rate))
    watcher = Watcher(world.gateway, inbox)
    (done,) = [done for _ in range(2) for done in watcher.turn()]
    return done.taken


def rate_in_force(world):
    (version,) = in_force(world).tariffs["t"]
    return str(version.prices[0].rate)


def test_of_tariff_a_then_b_then_a_again_in_the_watched_directory_a_is_in_force(world, inbox):
    taken = [dropped(world, inbox, rate) for rate in ("1", "2", "1", "1")]

    assert rate_in_force(world) == "1"
    assert [(each.new, each.changed, each.repeats) for each in taken] == [(1, 0, 0), (0, 1, 0), (0, 1, 0), (0, 0, 1)]


def test_a_file_that_was_claimed_when_the_process_died_does_not_undo_what_was_stated_since(world, inbox, monkeypatch):
    (inbox / "tariffs.toml").write_text(TARIFF.format("1"))
    watcher = Watcher(world.gateway, inbox)
    list(watcher.turn())

    def killed(*_):
        raise TransientError("the process died before the file was moved")

    monkeypatch.setattr(watcher, "_placed", killed)
    with pytest.raises(TransientError):
        list(watcher.turn())
    assert (inbox / CLAIMED / "tariffs.toml").exists()
    world.restart()
    world.submit("catalogue", tariff("2"), position="2")

    (done,) = Watcher(world.gateway, inbox).turn()

    assert (done.taken.repeats, rate_in_force(world)) == (1, "2")


def test_a_refused_deck_is_moved_to_failed_with_the_line_of_every_bad_price(world, inbox):
    text = "tariff_id,valid_from,currency,service,prefix,kind,rate\n"
    rows = [f"t,2026-01-01,EUR,voice,{prefix},flat,{rate}\n" for prefix, rate in (("1", "x"), ("2", "1"), ("3*", "1"))]
    (inbox / "deck.csv").write_text(text + "".join(rows))

    watcher = Watcher(world.gateway, inbox)
    (done,) = [done for _ in range(2) for done in watcher.turn()]

    assert done.place == inbox / "failed/deck.csv"
    places = [line.partition(": ")[0] for line in (inbox / "failed/deck.csv.reason.txt").read_text().splitlines()]
    assert places == ["deck.csv:2", "deck.csv:4"]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.toml", '# a\n[[products]]\nproduct_id = "p"\n\n[[tarifs]]\ntariff_id = "t"\n', 5),
        ("a.json", '{\n "products": [],\n "tarifs": []}', 3),
        ("b.json", '{\n "products": [],\n "tariffs": {}}', 3),
    ],
)
def test_a_section_that_nobody_reads_is_refused_with_its_line(world, tmp_path, name, text, line):
    taken = world.take(tmp_path / name, feed="load", content=text.encode())
    assert [place for place, _ in taken.broken] == [f"{name}:{line}"]
