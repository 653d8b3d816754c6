"""The picture in docs/architecture.md is the house: every room stands in it, and no import goes in circles."""

import re

from benchmarks import house

PAGE = (house.ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
LINE = re.compile(r"^( *)(\w+)/ +(\S.*)$")


def picture() -> dict[str, str]:
    """Each folder of the picture by its path, with its sentence."""
    drawn = re.search(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert drawn
    found: dict[str, str] = {}
    above: list[str] = []
    for line in drawn[1].splitlines():
        parts = LINE.match(line)
        assert parts, f"a line of the picture is no folder with its sentence: {line!r}"
        above[len(parts[1]) // 2 :] = [parts[2]]
        found["/".join(above)] = parts[3]
    return found


def folders() -> set[str]:
    """Every folder of the house, but for a room's own migrations."""
    return {module.room for module in house.modules().values()}


def test_every_room_stands_in_the_picture():
    assert folders() - picture().keys() == set()


def test_the_picture_shows_no_room_that_is_not_there():
    assert picture().keys() - folders() == set()


def test_each_room_has_one_sentence_of_its_own():
    sentences = list(picture().values())
    assert len(set(sentences)) == len(sentences)


def test_no_room_holds_more_than_a_fifth_of_the_lines():
    rooms = house.rooms()
    assert max(rooms.values()) <= sum(rooms.values()) / 5


def test_rooms_do_not_import_one_another_in_circles():
    assert house.circles(house.room_imports()) == []


def test_modules_do_not_import_one_another_in_circles():
    graph = {name: module.imports for name, module in house.modules().items()}
    assert house.circles(graph) == []


def test_circles_are_found():
    assert house.circles({"a": frozenset("b"), "b": frozenset("ca"), "c": frozenset("d")}) == [["a", "b"]]
