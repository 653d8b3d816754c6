"""The guides "Adding a ..." (docs/adding/*.md) as tests see them: the files and lines they show, added to the house.

A guide shows whole files in blocks that begin ```python file=PATH, and at most one line of a file that exists in a
block that begins ```python line=PATH.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from telassure.kernel import declared

GUIDES = Path(__file__).resolve().parents[1] / "docs" / "adding"
_BLOCK = re.compile(r"^```python (file|line)=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Guide:
    """The new files of a guide by path, and the lines it adds to files that exist."""

    files: dict[str, str]
    lines: dict[str, str]


def guide(name: str) -> Guide:
    """What docs/adding/NAME.md shows."""
    blocks = _BLOCK.findall((GUIDES / f"{name}.md").read_text(encoding="utf-8"))
    return Guide(
        {path: text for what, path, text in blocks if what == "file"},
        {path: text for what, path, text in blocks if what == "line"},
    )


@contextmanager
def added(path: str, text: str, folder: Path) -> Iterator[None]:
    """A module of ours at `path` (such as ingestion/kinds/fax.py) for as long as the block lasts; the file is in
    `folder`, a temporary one."""
    package, _, stem = path.removesuffix(".py").replace("/", ".").rpartition(".")
    house = import_module(package)
    (folder / f"{stem}.py").write_text(text, encoding="utf-8")
    house.__path__.append(str(folder))
    declared.forget()
    try:
        yield
    finally:
        house.__path__.remove(str(folder))
        sys.modules.pop(f"{package}.{stem}", None)
        if hasattr(house, stem):
            delattr(house, stem)
        declared.forget()
