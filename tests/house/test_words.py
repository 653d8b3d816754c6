"""One word, one meaning: a class name stands for one thing in the whole house."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
PACKAGES = ("telassure", "models", "streams", "ingestion", "bss_sync", "dashboards")
HIDING = {"taken", "charged", "buried", "judged", "careful"}  # modules that were called so did not say what they are


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((HOUSE / package).rglob("*.py"))]


def classes(path: Path) -> list[str]:
    """The classes at the top of a module."""
    return [node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]


def clashes(names: Iterator[tuple[str, Path]]) -> dict[str, list[str]]:
    """The names that stand in more than one module, with these."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, path in names:
        found[name].append(path.relative_to(HOUSE).as_posix())
    return {name: places for name, places in found.items() if len(places) > 1}


def test_a_public_class_name_is_given_once_in_the_house() -> None:
    named = ((name, path) for path in modules() for name in classes(path) if not name.startswith("_"))

    assert not clashes(named)


@pytest.mark.parametrize(
    "room", sorted({path.parent for path in modules()}), ids=lambda r: r.relative_to(HOUSE).as_posix()
)
def test_a_private_class_name_is_given_once_in_its_room(room: Path) -> None:
    named = ((name, path) for path in sorted(room.glob("*.py")) for name in classes(path) if name.startswith("_"))

    assert not clashes(named)


def test_no_module_is_called_by_a_participle_that_hides_what_it_is() -> None:
    assert not [path for path in modules() if path.stem in HIDING]
