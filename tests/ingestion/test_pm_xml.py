"""Performance files: the standard's two forms, all or nothing, and nothing that an attacker could want."""

import gzip
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ingestion.batches.batch import Origin
from ingestion.sources.files.recognition import take_file
from telassure.kernel.codec import decode
from telassure.kernel.instant import iso, parse_instant

NAMESPACE = "http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"
HEADER = '<fileHeader fileFormatVersion="1"><fileSender/><measCollec beginTime="2026-06-01T10:00:00Z"/></fileHeader>'
FOOTER = '<fileFooter><measCollec endTime="2026-06-01T10:15:00Z"/></fileFooter>'
PERIOD = '<granPeriod endTime="2026-06-01T10:15:00+01:00" duration="PT15M"/>'
VALUE = '<measValue measObjLdn="Cell=1"><r p="1">7</r><r p="2">NIL</r><suspect>true</suspect></measValue>'
TYPES = '<measType p="1">drops</measType><measType p="2">calls</measType>'


@pytest.fixture(autouse=True)
def later(world):
    """Recordings are of the past: these are read long after the newest of them."""
    world.clock.at = parse_instant("2027-01-01")


def document(info: str = PERIOD + TYPES + VALUE, entity: str = '<managedElement localDn="Dublin"/>', **parts) -> bytes:
    start = f'{parts.get("before", "")}<measCollecFile xmlns="{NAMESPACE}">{parts.get("header", HEADER)}'
    middle = f"<measData>{entity}\n<measInfo>{info}</measInfo></measData>"
    return f"{start}{middle}{parts.get('footer', FOOTER)}</measCollecFile>".encode()


def test_a_file_is_read_with_its_period_its_objects_and_what_is_suspect(world, tmp_path):
    taken = world.take(tmp_path / "a.xml", content=document())
    (found,) = world.events("detection")
    assert (taken.records, taken.accepted, found.granularity) == (2, 2, 900_000_000)
    assert (found.objects, found.names) == (("Dublin,Cell=1",), ("drops", "calls"))
    assert found.suspect.tolist() == [True, True]
    assert found.value[0] == 7
    assert np.isnan(found.value[1])


def test_a_zipped_file_is_read_whatever_its_name_says(world, tmp_path):
    world.take(tmp_path / "a.xml.gz", content=gzip.compress(document()))
    world.take(tmp_path / "b.xml", content=gzip.compress(document()))
    assert [len(event) for event in world.events("detection")] == [2, 2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (document(header=""), "fileHeader is missing"),
        (document(entity=""), "managedElement is missing"),
        (document(footer=""), "fileFooter is missing"),
        (document(info=TYPES + VALUE), "granPeriod is missing"),
        (document(info=PERIOD + VALUE), 'r p="1" has no measType'),
        (document(info=PERIOD.replace("PT15M", "soon") + TYPES + VALUE), 'duration "soon" is no xs:duration'),
        (document(info=PERIOD.replace("2026", "1026") + TYPES + VALUE), "before 1990"),
        (document(info=PERIOD + "<measTypes>a b</measTypes>" + VALUE.replace("<r", "<x")), "x"),
        (document(info=PERIOD + TYPES + VALUE.replace(' measObjLdn="Cell=1"', "")), "measObjLdn of measValue"),
        (document(info=PERIOD + TYPES + VALUE.replace("true", "maybe")), "neither true nor false"),
        (document(info=PERIOD + TYPES + VALUE.replace("measValue", "measVale")), "measVale does not belong"),
        (document()[:-40], "not well-formed XML"),
        (b"", "not well-formed XML"),
        (b"<html/>", "neither measCollecFile"),
        (document().replace(b"Dublin", b"D\xfcblin"), "not well-formed XML"),
        (gzip.compress(document(), mtime=0)[:-20], "cut short"),
        (gzip.compress(document(), mtime=0)[:30] + b"garbage" * 9, "gzip"),
    ],
)
def test_a_broken_file_is_one_dead_letter_with_its_line_and_nothing_of_it_is_taken(world, tmp_path, content, reason):
    taken = world.take(tmp_path / "bad.xml", content=content)
    ((place, why),) = world.reasons()
    assert reason in why
    assert place.startswith("bad.xml")
    assert (taken.dead_letters, taken.accepted, world.events("detection")) == (1, 0, [])


def test_a_break_at_the_end_of_a_long_file_leaves_nothing_behind(world, tmp_path):
    many = "".join(VALUE.replace("Cell=1", f"Cell={n}") for n in range(12_000))
    world.take(tmp_path / "bad.xml", content=document(info=PERIOD + TYPES + many + "<measValue/>"))
    assert world.events("detection") == []
    assert world.reasons()[0][1] == "measObjLdn of measValue is missing"


def test_a_value_that_is_no_number_costs_its_own_row_only(world, tmp_path):
    taken = world.take(tmp_path / "a.xml", content=document(info=PERIOD + TYPES + VALUE.replace("NIL", "abc")))
    assert (taken.accepted, taken.dead_letters) == (1, 1)
    assert world.reasons() == [("a.xml:2", 'value "abc" is not a number')]


@pytest.mark.parametrize(
    "written", ["P0Y0M0DT0H15M0.000S", "PT15M", "PT900S", "P0DT900.0S", "P0Y0M0DT0H0M900S", " PT0H15M "]
)
def test_pm02_java_duration_is_a_duration_like_any_other_of_fixed_length(world, tmp_path, written):
    world.take(tmp_path / "a.xml", content=document(info=PERIOD.replace("PT15M", written) + TYPES + VALUE))
    assert [found.granularity for found in world.events("detection")] == [900_000_000]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("P1M", "has years or months, whose length depends on the date"),
        ("P1Y0M", "has years or months, whose length depends on the date"),
        ("P2W", "is no xs:duration"),
        ("PT", "is no xs:duration"),
        ("P", "is no xs:duration"),
        ("PT15", "is no xs:duration"),
        ("-PT15M", "is not longer than nothing"),
        ("P0D", "is not longer than nothing"),
        ("PT0.5S", "has parts of a second"),
    ],
)
def test_a_duration_without_a_fixed_length_is_refused_with_the_reason(world, tmp_path, written, reason):
    world.take(tmp_path / "a.xml", content=document(info=PERIOD.replace("PT15M", written) + TYPES + VALUE))
    assert reason in world.reasons()[0][1]


PREFIXED = HEADER.replace("<fileHeader", '<fileHeader dnPrefix="SubNetwork={}"')


def test_pm04_dnprefix_two_networks_are_two_objects(world, tmp_path):
    for network in ("East", "West"):
        world.take(tmp_path / f"{network}.xml", content=document(header=PREFIXED.format(network)))
    names = {name for found in world.events("detection") for name in found.objects}
    assert names == {"SubNetwork=East,Dublin,Cell=1", "SubNetwork=West,Dublin,Cell=1"}


def test_pm04_dnprefix_belongs_to_the_names_of_28532_too(world, tmp_path):
    old = document(header=PREFIXED.format("East")).decode()
    new = old.replace("32_series/32.435#measCollec", "28_series/28.532#measData").replace(
        "measCollecFile", "measDataFile"
    )
    new = new.replace("<measCollec ", "<measData ").replace("managedElement", "measEntity")
    world.take(tmp_path / "a.xml", content=new.encode())
    assert world.reasons() == []
    assert world.events("detection")[0].objects == ("SubNetwork=East,Dublin,Cell=1",)


def test_a_catalogue_of_local_names_says_where_an_object_under_a_prefix_belongs(world, tmp_path):
    element = {"resource_id": "Dublin", "kind": "enodeb", "name": "Dublin", "domain": "leinster"}
    world.submit("catalogue", {"resources": [element]}, "0")
    world.take(tmp_path / "a.xml", content=document(header=PREFIXED.format("East")))
    assert [e.domain for e in world.events("detection") if hasattr(e, "objects")] == ["leinster"]


PDF = '<measValue measObjLdn="Cell=1"><r p="1">7</r><r p="2">{}</r></measValue>'


def test_pm01_pdf_counter_is_one_series_a_bin(world, tmp_path):
    taken = world.take(tmp_path / "a.xml", content=document(info=PERIOD + TYPES + PDF.format("0,0,3,12,")))
    (found,) = world.events("detection")
    assert found.names == ("drops", "calls[0]", "calls[1]", "calls[2]", "calls[3]", "calls[4]")
    assert found.value[:5].tolist() == [7, 0, 0, 3, 12]
    assert np.isnan(found.value[5])
    assert (taken.accepted, taken.dead_letters) == (6, 0)


def test_pm01_pdf_counter_is_read_from_results_in_one_line_too(world, tmp_path):
    value = '<measValue measObjLdn="Cell=1"><measResults>7 1,2,3</measResults></measValue>'
    world.take(tmp_path / "a.xml", content=document(info=PERIOD + "<measTypes>drops calls</measTypes>" + value))
    (found,) = world.events("detection")
    assert dict(zip(found.names, found.value.tolist(), strict=True)) == {
        "drops": 7, "calls[0]": 1, "calls[1]": 2, "calls[2]": 3
    }  # fmt: skip


def test_a_list_without_end_costs_itself_only(world, tmp_path):
    content = document(info=PERIOD + TYPES + PDF.format(",".join(["1"] * 1_001)))
    taken = world.take(tmp_path / "a.xml", content=content)
    assert (taken.accepted, world.reasons()) == (
        1,
        [("a.xml:2", 'the list of "calls" has 1001 bins; at most 1000 are taken')],
    )


def test_words_between_commas_are_no_list(world, tmp_path):
    taken = world.take(tmp_path / "a.xml", content=document(info=PERIOD + TYPES + PDF.format("on,off")))
    assert (taken.accepted, world.reasons()) == (1, [("a.xml:2", 'value "on,off" is not a number')])


def night(begin: str, *ends: str) -> bytes:
    """A file of local times over the night the clocks go back, with a granPeriod for each end."""
    infos = "</measInfo><measInfo>".join(
        f'<granPeriod endTime="2026-10-25T{end}" duration="PT15M"/>{TYPES}{VALUE}' for end in ends
    )
    return document(info=infos, header=HEADER.replace("2026-06-01T10:00:00Z", f"2026-10-25T{begin}"))


@pytest.mark.parametrize(
    ("begin", "ends", "said"),
    [
        ("01:45:00", ["02:00:00"], ["2026-10-25T00:00:00Z"]),
        ("02:45:00", ["02:00:00"], ["2026-10-25T01:00:00Z"]),
        ("02:45:00", ["03:00:00"], ["2026-10-25T02:00:00Z"]),
        ("01:45:00", ["02:00:00", "02:15:00", "02:30:00"], [f"2026-10-25T00:{m}:00Z" for m in ("00", "15", "30")]),
        ("02:15:00", ["02:30:00"], []),
    ],
)
def test_dstnaive_the_end_of_a_period_is_told_by_where_it_began(zoned, begin, ends, said):
    taken = zoned(night(begin, *ends))
    assert [iso(at) for at in taken.times] == said
    assert bool(said) or "comes twice in Europe/Berlin" in taken.reasons[0]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
EVIL = [
    '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>',
]


@pytest.mark.parametrize("before", EVIL, ids=["file", "network", "laughs"])
def test_a_document_type_is_refused_before_anything_is_expanded(world, tmp_path, before):
    value = VALUE.replace("7", "&f;" if "passwd" in before else "&l9;" if "l9" in before else "7")
    world.take(tmp_path / "evil.xml", content=document(PERIOD + TYPES + value, before=before))
    ((_, why),) = world.reasons()
    assert "document type" in why
    assert world.events("detection") == []


def test_the_corpus_is_judged_as_its_validity_says(world, shared):
    cases = sorted((shared / "pm_xml/xml_validator_test").rglob("validity.props"))
    judged = {}
    for props in cases:
        taken = world.take(props.with_name("test.xml"), feed=f"replay:{props.parent}")
        judged[props] = not taken.broken
    assert cases
    assert judged == {props: "valid=true" in props.read_text() for props in cases}


def test_every_mapping_sample_of_the_corpus_is_read(world, shared):
    for sample in sorted((shared / "pm_xml/mapper_test").rglob("test.xml")):
        assert world.take(sample).broken == []
    values = sum(len(decode(*kind)) for kind in _payloads(world))
    assert values == 42


@dataclass
class Night:
    times: list[int]
    reasons: list[str]


@pytest.fixture
def zoned(world, tmp_path):
    """Takes a file in the zone of Berlin; gives the distinct times of its points, and why it was refused."""

    def take(content):
        place = tmp_path / "night.xml"
        place.write_bytes(content)
        take_file(world.gateway, place, place.name, Origin("replay:f", "s", zone=ZoneInfo("Europe/Berlin")))
        times = {at for found in world.events("detection") for at in found.time.tolist()}
        return Night(sorted(times), [reason for _, reason in world.reasons()])

    return take


def _payloads(world):
    return [(r.kind, r.payload) for part in range(2) for r in world.sql.read("detection", part, 0, 10_000, 1 << 30)]
