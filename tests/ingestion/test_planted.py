"""Marked numbers in every field, name and broken line: no reason, letter or line of a log tells them."""

import json
import logging
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from ingestion.batches.kind import kinds
from ingestion.sources.files.inbox import Watcher
from telassure.kernel.errors import InvalidInput, masked, shown
from tests.ingestion.conftest import World

MARKS = (
    "+491715550123",
    "00491715550123",
    "+49 171 555 0123",
    "+49-171-555-0123",
    "(+49) 171/5550123",
    "262015550123456",
)
MAILED = "eve.planted@example.org"
_DIGITS = "5550123"


def told(texts: Iterable[object]) -> list[str]:
    """Those in which something planted can be read, however it is written there."""
    found = (str(text) for text in texts)
    return [text for text in found if MAILED in text or _DIGITS in re.sub(r"[ ()/+.-]", "", text)]


def letters(world: World) -> list[str]:
    return [f"{each.place} {each.reason} {each.position} {each.source}" for each in world.log.letters.values()]


def fields_of(kind: str) -> list[str]:
    return sorted({*kinds()[kind].form.fields, "a_field_that_nobody_knows"})


@pytest.mark.parametrize("mark", [*MARKS, MAILED])
@pytest.mark.parametrize("kind", sorted(kinds()))
def test_no_refusal_says_again_what_stands_in_a_field(world: World, kind: str, mark: str) -> None:
    bodies = [{name: mark} for name in fields_of(kind)]
    bodies += [dict.fromkeys(fields_of(kind), mark), {mark: 1}, {"time": mark}]
    reasons: list[object] = []
    for number, body in enumerate(bodies):
        for form in (body, [body], {name: [value] for name, value in body.items()}):
            try:
                reasons += [bad.reason for bad in world.submit(kind, form, f"{kind} {number}").rejected]
            except InvalidInput as refused:
                reasons.append(refused)
    assert told(reasons) == []
    assert told(letters(world)) == []
    assert reasons


@pytest.mark.parametrize("mark", [*MARKS, MAILED])
def test_no_refused_row_is_kept_with_a_number_but_in_what_names_a_record(world: World, mark: str) -> None:
    names = [
        name for name in fields_of("usage") if name not in ("account", "managed_object") and not name.endswith("_id")
    ]
    world.submit("usage", [{name: mark} for name in names])
    assert told(each.payload.decode() for each in world.log.letters.values()) == []
    assert world.log.letters


NAMED = (
    "usage-491715550123.csv",
    "+491715550123/usage.csv",
    "491715550123.xml",
    "usage 262015550123456.csv.gz",
    "x.491715550123",
)
BROKEN = 'record_id,account,service,time,volume\n{0},a-1,sms,2026-06-01T10:00:00Z,{0}\nr-2,a-1,{0},{0},1\n{0}\n"{0}\n'


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("mark", MARKS[:3])
def test_no_broken_file_and_no_name_of_one_is_told(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, mark: str
) -> None:
    place = tmp_path / "inbox" / name
    place.parent.mkdir(parents=True)
    place.write_text(BROKEN.format(mark))
    watcher = Watcher(world.gateway, tmp_path / "inbox")
    with caplog.at_level(logging.DEBUG):
        taken = [done for _ in range(4) for done in watcher.turn()]
    beside = [each.read_text() for each in (tmp_path / "inbox").rglob("*.reason.txt")]
    said = [json.dumps({**each.__dict__, "args": ""}, default=str) for each in caplog.records]
    assert told([*(done.name for done in taken), *beside, *said, *letters(world)]) == []
    assert (len(taken), len(world.log.letters) > 0) == (1, True)


def test_two_files_of_one_content_whose_names_hold_other_numbers_are_two(world: World, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    for number in ("491715550123", "491715550124"):
        (tmp_path / "inbox" / f"usage-{number}.csv").write_text("record_id,account,service,time,volume\n,a-1,sms,x,1\n")
    watcher = Watcher(world.gateway, tmp_path / "inbox")
    assert len([done for _ in range(3) for done in watcher.turn()]) == 2
    assert len(world.log.letters) == 2


@pytest.mark.parametrize(
    "text", ["2026-13-45T12:00:00Z", "0,10", "not-a-time", "cell-17/3", "25:61", "2026-01-31 12:00 is no time", "12345"]
)
def test_what_is_nobodys_is_told_as_it_is(text: str) -> None:
    assert (masked(text), shown(text)) == (text, f'"{text}"')
