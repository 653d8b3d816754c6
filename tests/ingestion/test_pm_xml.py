"""Performance files: the standard's two forms, all or nothing, and nothing that an attacker could want."""

import gzip

import numpy as np
import pytest

from telassure.kernel.codec import decode

NAMESPACE = "http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"
HEADER = '<fileHeader fileFormatVersion="1"><fileSender/><measCollec beginTime="2026-06-01T10:00:00Z"/></fileHeader>'
FOOTER = '<fileFooter><measCollec endTime="2026-06-01T10:15:00Z"/></fileFooter>'
PERIOD = '<granPeriod endTime="2026-06-01T10:15:00+01:00" duration="PT15M"/>'
VALUE = '<measValue measObjLdn="Cell=1"><r p="1">7</r><r p="2">NIL</r><suspect>true</suspect></measValue>'
TYPES = '<measType p="1">drops</measType><measType p="2">calls</measType>'


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
        (document(info=PERIOD.replace("PT15M", "soon") + TYPES + VALUE), 'duration "soon" is not like PT900S'),
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


def _payloads(world):
    return [(r.kind, r.payload) for part in range(2) for r in world.sql.read("detection", part, 0, 10_000, 1 << 30)]
