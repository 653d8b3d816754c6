"""What is declared where it lives: the instances of a type that stand at the top of a package's modules.

A list that others read (every kind of input, every policy, every page) is derived from this and written nowhere.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import TypeVar

T = TypeVar("T")
_FORGETTERS: list[Callable[[], None]] = []


def declared(declaration: type[T], package: str, module: str = "") -> tuple[T, ...]:
    """Every instance of `declaration` at the top of a module of `package`, once, by module name and then in the order
    of the text. Where `module` is named, only modules of that name, and those in packages of that name, are looked at
    (and imported).

    >>> [error.__name__ for error in declared(type, "telassure.kernel", "errors")][:2]
    ['TelassureError', 'PermanentError']
    """
    places = [package, *(found.name for found in walk_packages(import_module(package).__path__, f"{package}."))]
    wanted = [place for place in places if not module or module in place[len(package) :].split(".")]
    found = [value for place in sorted(wanted) for value in vars(import_module(place)).values()]
    return tuple({id(value): value for value in found if isinstance(value, declaration)}.values())


def derived(make: Callable[[], T]) -> Callable[[], T]:
    """A list made of declarations, made once; `forget` has it made anew, for who adds a module to a running house."""
    cached = cache(make)
    _FORGETTERS.append(cached.cache_clear)
    return cached


def forget() -> None:
    """Have every derived list made anew at its next use."""
    for clear in _FORGETTERS:
        clear()
