"""Where mappings lie: those that are shipped, and those of an installation, which stand before them."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from ingestion.mappings.mapping import SourceMapping
from ingestion.mappings.text import mapping_of
from telassure.kernel.errors import ConfigurationError

FOLDER: Final = "mappings"
_SUFFIX: Final = ".toml"


def shipped_names() -> Sequence[str]:
    """The names of the mappings that come with the product."""
    found = files("ingestion.mappings").joinpath("shipped").iterdir()
    return sorted(each.name.removesuffix(_SUFFIX) for each in found if each.name.endswith(_SUFFIX))


def shipped(name: str) -> SourceMapping:
    """One of them."""
    place = files("ingestion.mappings").joinpath("shipped", f"{name}{_SUFFIX}")
    return mapping_of(name, place.read_text(encoding="utf-8"))


def mappings_of(home: Path) -> Mapping[str, SourceMapping]:
    """Every mapping by its name: the shipped ones, and over them `mappings/NAME.toml` of the home. ConfigurationError
    where any is wrong, so that nothing starts over it."""
    own = sorted(path for path in (home / FOLDER).glob(f"*{_SUFFIX}") if path.is_file())
    return {name: shipped(name) for name in shipped_names()} | {path.stem: mapping_in(path) for path in own}


def mapping_in(path: Path) -> SourceMapping:
    """The mapping that a file states, named as the file is."""
    try:
        return mapping_of(path.stem, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else "it is not UTF-8"
        raise ConfigurationError(f"{path}: {why}") from None


def mappings_set(home: Path, names: Sequence[str], setting: str) -> Sequence[SourceMapping]:
    """The mappings that a setting names; ConfigurationError where there is none of a name."""
    known = mappings_of(home)
    if missing := [name for name in names if name not in known]:
        raise ConfigurationError(f"{setting}: there is no mapping {missing[0]!r}; there are {', '.join(known)}")
    return [known[name] for name in names]


def mapping_named(home: Path, name: str) -> SourceMapping:
    """A mapping by its name, or the file of this path where there is one; ConfigurationError where there is none."""
    if name.endswith(_SUFFIX) or "/" in name:
        return mapping_in(Path(name))
    found = mappings_of(home)
    if name not in found:
        raise ConfigurationError(f"there is no mapping {name!r}; there are {', '.join(found)}, or name a .toml file")
    return found[name]
