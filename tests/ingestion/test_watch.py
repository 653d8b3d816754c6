"""The watched directory: whole files only, each once, and a crash between any two steps is harmless."""

import gzip
import os
import socket
from threading import Event, Thread

import pytest

from ingestion.gateway import Gateway
from ingestion.sources.files.bounded import regular
from ingestion.sources.files.inbox import Watcher
from ingestion.sources.files.rest import LOOKS_UNENDED
from telassure.kernel.errors import TransientError

USAGE = "record_id,account,service,time,volume\nr-1,a-1,sms,2026-06-01T10:00:00Z,1\n"


@pytest.fixture
def drop(tmp_path):
    made = tmp_path / "drop"
    made.mkdir()
    return made


def watched(world, root, looks=2):
    watcher = Watcher(world.gateway, root)
    return [done for _ in range(looks) for done in watcher.turn()]


def test_a_file_at_rest_is_taken_and_moved_to_done(world, drop):
    (drop / "usage.csv").write_text(USAGE)
    (done,) = watched(world, drop)
    assert done.place == drop / "done/usage.csv"
    assert done.place.exists()
    assert len(world.events("charging")) == 1


def test_a_file_that_still_grows_is_left_alone(world, drop):
    watcher = Watcher(world.gateway, drop)
    path = drop / "usage.csv"
    for size in range(3):
        path.write_text(USAGE + "x" * size + "\n")
        os.utime(path, ns=(size, size))
        assert list(watcher.turn()) == []
    assert len(list(watcher.turn())) == 1


HALF = "timestamp,value\n2026-06-01T10:00:00Z,1\n2026-06-01T10:15:00Z,12"


def test_a_csv_written_in_two_parts_is_taken_once_it_is_whole_and_half_a_number_is_none(world, drop):
    watcher, path = Watcher(world.gateway, drop), drop / "site.csv"
    path.write_text(HALF)
    early = [done for _ in range(5) for done in watcher.turn()]
    path.write_text(HALF + "3.5\n")
    (done,) = [done for _ in range(2) for done in watcher.turn()]
    assert (early, done.taken.accepted) == ([], 2)
    assert [value for event in world.events("detection") for value in event.value.tolist()] == [1, 123.5]


@pytest.mark.parametrize("name", ["site.csv", "usage.jsonl", "tariffs.toml"])
def test_a_file_whose_last_line_never_ends_is_said_to_be_cut_short_and_nothing_of_it_is_taken(world, drop, name):
    (drop / name).write_text(HALF)
    (done,) = watched(world, drop, looks=LOOKS_UNENDED + 1)
    assert (done.place, done.taken.accepted) == (drop / "failed" / name, 0)
    assert "its last line has no end" in (drop / f"failed/{name}.reason.txt").read_text()


def test_a_file_in_failed_that_was_completed_is_taken_when_it_is_put_here_again(world, drop):
    (drop / "site.csv").write_text(HALF)
    (failed,) = watched(world, drop, looks=LOOKS_UNENDED + 1)
    failed.place.write_text(HALF + "3.5\n")
    failed.place.rename(drop / "site.csv")
    (done,) = watched(world, drop)
    assert (done.place, done.taken.accepted) == (drop / "done/site.csv", 2)


def test_a_packed_or_marked_up_file_shows_by_itself_where_it_ends(world, drop):
    (drop / "usage.csv.gz").write_bytes(gzip.compress(USAGE.rstrip("\n").encode()))
    (drop / "net.json").write_text('{"resources": []}')
    assert [done.taken.broken for done in watched(world, drop)] == [[], []]


def test_a_packed_file_that_is_cut_short_is_said_to_be_and_nothing_of_it_is_taken(world, drop):
    many = USAGE + "".join(USAGE.splitlines()[1].replace("r-1", f"r-{n}") + "\n" for n in range(2, 30_000))
    (drop / "usage.csv.gz").write_bytes(gzip.compress(many.encode())[:-50])
    (done,) = watched(world, drop)
    assert (done.place, done.taken.accepted) == (drop / "failed/usage.csv.gz", 0)
    assert world.reasons() == [("usage.csv.gz", "the gzip file is cut short; send it again whole")]


def test_a_file_that_its_writer_holds_open_is_left_alone(world, drop):
    with (drop / "usage.csv").open("w") as writer:
        writer.write(USAGE)
        writer.flush()
        while_open = watched(world, drop, looks=3)
    (done,) = watched(world, drop)
    assert (while_open, done.taken.accepted) == ([], 1)


def test_another_content_under_the_same_name_and_time_is_read(world, drop):
    for record in ("r-1", "r-2"):
        (drop / "usage.csv").write_text(USAGE.replace("r-1", record))
        os.utime(drop / "usage.csv", ns=(5, 5))
        watched(world, drop)
    assert [event.record_id for event in world.events("charging")] == [("r-1",), ("r-2",)]


def test_a_broken_file_goes_to_failed_with_the_reason_beside_it(world, drop):
    (drop / "sub").mkdir()
    (drop / "sub/pm.xml").write_text("<")
    (done,) = watched(world, drop)
    reason = drop / "failed/sub/pm.xml.reason.txt"
    assert done.place == drop / "failed/sub/pm.xml"
    assert reason.read_text().startswith("sub/pm.xml:1: not well-formed XML")


def test_a_file_that_was_under_way_at_a_crash_is_taken_again_and_changes_nothing(world, drop):
    (drop / "usage.csv").write_text(USAGE)
    watched(world, drop)
    (drop / "done/usage.csv").rename(drop / "claimed/usage.csv")
    (done,) = watched(world, drop, looks=1)
    assert done.taken.duplicates == 1
    assert len(world.events("charging")) == 1


def test_a_second_file_of_the_same_name_does_not_hide_the_first(world, drop):
    for volume in "12":
        (drop / "usage.csv").write_text(USAGE.replace(",1\n", f",{volume}\n"))
        watched(world, drop)
    assert len(list((drop / "done").iterdir())) == 2


def test_links_and_hidden_files_are_left_alone(world, drop):
    (drop / ".usage.csv").write_text(USAGE)
    (drop / "link.csv").symlink_to(drop / ".usage.csv")
    assert watched(world, drop) == []


def test_while_the_log_is_not_to_be_had_a_file_waits(world, drop, monkeypatch):
    (drop / "usage.csv").write_text(USAGE)

    def gone(*_):
        raise TransientError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(Gateway, "submit", gone)
        with pytest.raises(TransientError):
            watched(world, drop)
    (done,) = watched(world, drop, looks=1)
    assert done.taken.accepted == 1


def test_a_name_that_is_not_utf8_is_set_aside_and_harms_no_other_file(world, drop):
    (drop / os.fsdecode(b"a_caf\xe9.csv")).write_text(USAGE)
    (drop / "usage.csv").write_text(USAGE)
    aside, good = watched(world, drop)
    assert (aside.place.parent, len(aside.place.name)) == (drop / "failed", 32)
    assert "not UTF-8" in aside.place.with_name(aside.place.name + ".reason.txt").read_text()
    assert [reason for _, reason in world.reasons()] == [aside.taken.broken[0][1]]
    assert good.place == drop / "done/usage.csv"


def test_a_folder_whose_name_is_a_file_in_done_and_then_again_a_file_are_both_taken(world, drop):
    (drop / "done/site").parent.mkdir()
    (drop / "done/site").write_text("of yesterday")
    (drop / "site").mkdir()
    (drop / "site/usage.csv").write_text(USAGE)
    (first,) = watched(world, drop)
    (drop / "site").rmdir()
    (drop / "site").write_text("of tomorrow")
    (second,) = watched(world, drop)
    assert (first.place.read_text(), first.taken.accepted) == (USAGE, 1)
    assert (second.place.read_text(), second.place.parent) == ("of tomorrow", drop / "failed")
    assert list((drop / "claimed").iterdir()) == []


@pytest.mark.parametrize("failure", [ValueError("a parser's"), OSError("the disk's"), KeyError("a bug")])
def test_a_file_that_breaks_its_taking_is_set_aside_with_the_reason(world, drop, monkeypatch, failure):
    def broken(*_):
        raise failure

    monkeypatch.setattr("ingestion.sources.files.inbox.take_file", broken)
    (drop / "usage.csv").write_text(USAGE)
    (aside,) = watched(world, drop)
    assert aside.place.read_text() == USAGE
    assert str(failure) in aside.place.with_name(aside.place.name + ".reason.txt").read_text()


def test_the_watching_goes_on_after_a_look_that_failed(world, drop, monkeypatch):
    stop, looks = Event(), []

    def failing(_):
        looks.append(1)
        if len(looks) == 3:
            stop.set()
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(Watcher, "turn", failing)
    thread = Thread(target=Watcher(world.gateway, drop).run, args=(stop, 0.0))
    thread.start()
    thread.join(timeout=30)
    assert len(looks) == 3


@pytest.mark.parametrize("made", ["pipe", "socket", "link to a pipe", "pipe below"])
def test_what_is_no_file_is_passed_over_told_once_and_keeps_no_file_waiting(world, drop, made):
    odd = drop / "a.csv"
    if made == "pipe below":
        (drop / "folder").mkdir()
        odd = drop / "folder/a.csv"
    if made == "socket":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(odd))
        listener.close()
    elif made == "link to a pipe":
        os.mkfifo(drop.parent / "elsewhere")
        odd.symlink_to(drop.parent / "elsewhere")
    else:
        os.mkfifo(odd)
    (drop / "usage.csv").write_text(USAGE)
    taken = watched(world, drop, looks=4)
    assert [each.name for each in taken] == ["usage.csv"]
    assert odd.is_symlink() or odd.exists()
    told = [letter.place for letter in world.log.letters.values()]
    assert told == [odd.relative_to(drop).as_posix()]


def test_a_file_with_another_name_is_taken_once_that_is_gone(world, drop):
    elsewhere = drop.parent / "elsewhere.csv"
    elsewhere.write_text(USAGE)
    os.link(elsewhere, drop / "usage.csv")
    assert watched(world, drop, looks=4) == []
    (letter,) = world.log.letters.values()
    assert "another name elsewhere" in letter.reason
    elsewhere.unlink()
    assert [each.name for each in watched(world, drop, looks=4)] == ["usage.csv"]


def test_a_file_that_is_put_here_by_a_link_is_no_oddity(world, drop):
    elsewhere = drop.parent / "elsewhere.csv"
    elsewhere.write_text(USAGE)
    os.link(elsewhere, drop / "usage.csv")
    watcher = Watcher(world.gateway, drop)
    list(watcher.turn())
    elsewhere.unlink()
    assert [each.name for _ in range(3) for each in watcher.turn()] == ["usage.csv"]
    assert world.log.letters == {}


def test_a_link_to_a_folder_is_not_gone_into(world, drop):
    outside = drop.parent / "outside"
    outside.mkdir()
    (outside / "usage.csv").write_text(USAGE)
    (drop / "folder").mkdir()
    (drop / "folder" / "in").symlink_to(outside)
    assert watched(world, drop, looks=4) == []
    assert [letter.place for letter in world.log.letters.values()] == ["folder/in"]


def test_a_file_that_becomes_a_pipe_while_it_is_claimed_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        regular(tmp_path / "pipe")
