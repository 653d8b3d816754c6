"""Rate decks as files: all of a version is in force or nothing changes, and every bad line is named."""

import json

import pytest

from tests.ingestion.test_statement import in_force

HEADER = "tariff_id,valid_from,valid_to,currency,service,prefix,kind,rate,per,increment\n"


def line(prefix, rate="0.10", tariff="t", start="2026-01-01", end="", currency="EUR"):
    return f"{tariff},{start},{end},{currency},voice,{prefix},per_unit,{rate},60,60\n"


def deck(count):
    return [line(f"+{10_000 + n}", f"0.{n % 97 + 1:02}") for n in range(count)]


def take(world, path, rows):
    return world.take(path, feed="load", content=(HEADER + "".join(rows)).encode())


def prices(world, tariff="t"):
    return [len(version.prices) for version in in_force(world).tariffs.get(tariff, ())]


@pytest.mark.parametrize("count", [6_001, 10_001])
def test_a_rate_deck_of_so_many_csv_lines_is_one_version(world, tmp_path, count):
    taken = take(world, tmp_path / "deck.csv", deck(count))

    assert (prices(world), taken.dead_letters, world.reasons()) == ([count], 0, [])


def test_ten_thousand_and_one_prices_in_a_tariff_of_json_are_one_version(world, tmp_path):
    rows = [{"service": "voice", "prefix": f"+{10_000 + n}", "kind": "flat", "rate": "0.1"} for n in range(10_001)]
    tariff = {"tariff_id": "t", "valid_from": "2026-01-01", "currency": "EUR", "prices": rows}
    world.take(tmp_path / "deck.json", feed="load", content=json.dumps({"tariffs": [tariff]}).encode())

    assert prices(world) == [10_001]


@pytest.mark.parametrize("partition", range(3))
def test_a_deck_is_one_record_of_the_log_of_every_partition(world, tmp_path, partition):
    take(world, tmp_path / "deck.csv", deck(2_500))

    assert len(world.events_of("charging", partition)) == 1


BAD = {
    "a rate": (line("+4930", '"0,10"'), 'prices[1].rate "0,10" is not a decimal number; write 0.10'),
    "a prefix": (line("+49*"), 'prefix "+49*" is neither digits nor a name'),
    "a width": ("t,2026-01-01\n", "the line has 2 fields, the header 10"),
}


@pytest.mark.parametrize(("bad", "says"), BAD.values(), ids=BAD)
def test_a_refused_line_refuses_the_deck_and_nothing_in_force_changes(world, tmp_path, bad, says):
    take(world, tmp_path / "deck.csv", deck(5))
    ends = world.ends()
    second = take(world, tmp_path / "next.csv", [line("+1"), bad, line("+2"), line("+3", tariff="other")])

    assert (prices(world), prices(world, "other"), world.ends()) == ([5], [], ends)
    assert says in dict(world.reasons())["next.csv:3"]
    assert second.entries == 0
    assert second.dead_letters > 0


def test_every_bad_line_of_a_deck_is_named(world, tmp_path):
    take(world, tmp_path / "deck.csv", [line("+1"), line("+2", "x"), line("+3"), line("+4", "y"), line("+5*")])

    assert [place for place, _ in world.reasons()] == ["deck.csv:3", "deck.csv:5", "deck.csv:6"]


@pytest.mark.parametrize("other", ["+4930", "004930", "4930", "+49 30"])
def test_a_prefix_twice_in_a_version_is_refused_with_both_lines(world, tmp_path, other):
    take(world, tmp_path / "deck.csv", [line("+1"), line("+4930"), line(other, "0.20")])

    assert [(place, reason.split("also at ")[1]) for place, reason in world.reasons()] == [
        ("deck.csv:3", "deck.csv:4"),
        ("deck.csv:4", "deck.csv:3"),
    ]
    assert prices(world) == []


@pytest.mark.parametrize("other", [{"currency": "USD"}, {"end": "2026-02-01"}, {"start": "2026-01-01T00:00:00Z"}])
def test_a_version_twice_in_a_file_is_refused_with_both_lines(world, tmp_path, other):
    take(world, tmp_path / "deck.csv", [line("+1"), line("+2"), line("+3", **other)])

    assert [(place, reason.split("also at ")[1]) for place, reason in world.reasons()] == [
        ("deck.csv:2", "deck.csv:4; keep one"),
        ("deck.csv:4", "deck.csv:2; keep one"),
    ]
    assert prices(world) == []


def test_a_deck_that_was_in_force_before_is_in_force_again(world, tmp_path):
    for rows in (deck(1_500), deck(3), deck(1_500)):
        take(world, tmp_path / "deck.csv", rows)

    assert prices(world) == [1_500]


FILES = {
    "net.csv": "resource_id,kind,domain\na,site,east\nb,site,east\na,site,west\n",
    "net.json": '{"resources": [\n{"resource_id": "a", "kind": "site", "domain": "east"},\n'
    '{"resource_id": "b", "kind": "site", "domain": "east"},\n{"resource_id": "a", "kind": "site", "domain": "west"}]}',
    "net.toml": "".join(f'[[resources]]\nresource_id = "{name}"\nkind="site"\ndomain="d"\n' for name in "aba"),
}


@pytest.mark.parametrize(("name", "lines"), [("net.csv", (2, 4)), ("net.json", (2, 4)), ("net.toml", (2, 10))])
def test_the_same_id_twice_in_a_file_is_refused_with_both_lines(world, tmp_path, name, lines):
    taken = world.take(tmp_path / name, feed="load", content=FILES[name].encode())

    first, last = (f"{name}:{line}" for line in lines)
    assert {place: reason.split("also at ")[1] for place, reason in world.reasons()} == {
        first: f"{last}; keep one",
        last: f"{first}; keep one",
    }
    assert (taken.entries, list(in_force(world).resources)) == (1, ["b"])


def test_the_same_id_twice_far_apart_in_a_long_file_is_refused_with_both_lines(world, tmp_path):
    rows = "".join(f"{n},c,p\n" for n in range(12_000))
    world.take(tmp_path / "customers.csv", feed="load", content=f"customer_id,name,segment\n{rows}7,other,q\n".encode())

    assert [place for place, _ in world.reasons()] == ["customers.csv:12002", "customers.csv:9"]
    assert len(in_force(world).customers) == 11_999


def test_the_same_sim_in_two_notations_far_apart_is_refused_with_both_lines(world, tmp_path):
    rows = [f",2620{n:011},a" for n in range(6_000)]
    rows[1], rows[5_999] = "+491601234567,,a", '0049 160 1234567,"",b'
    rows[7] = rows[5_500] = ",,nobody"
    text = "\n".join(["msisdn,imsi,account", *rows, "2620-00000000003,,b\n"])
    world.take(tmp_path / "sims.csv", feed="load", content=text.encode())

    twice = {place: reason for place, reason in world.reasons() if "stated twice" in reason}
    assert sorted(twice) == ["sims.csv:3", "sims.csv:5", "sims.csv:6001", "sims.csv:6002"]
    assert twice["sims.csv:6001"] == "msisdn and imsi is stated twice, also at sims.csv:3; keep one"


def test_catalogue_with_a_dependency_cycle_is_refused_with_the_lines_of_the_others(world, tmp_path):
    text = "resource_id,kind,domain,depends_on\na,site,east,b\nb,site,east,c;x\nc,site,east,a\nd,site,east,a\n"
    world.take(tmp_path / "net.csv", feed="load", content=text.encode())

    places = dict(world.reasons())
    assert sorted(places) == ["net.csv:2", "net.csv:3", "net.csv:4"]
    assert "by way of b (net.csv:3), c (net.csv:4); take one dependency out" in places["net.csv:2"]
