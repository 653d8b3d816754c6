"""One place that says how kernels are compiled: cached on disk, without the GIL, and total (division never raises)."""

from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

from numba import njit

Index: TypeAlias = dict[Any, Any]  # numba's, of a cached kernel
Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """The kernel as machine code with its Python signature. No fast-math: rows score alike alone and together.

    numba by itself takes a cached kernel for current while its own file is as it was, also where a kernel that it calls
    has changed in another; here all kernels are of one age.

    What is called for every row takes records and numbers: an array (or part of one) that is handed on within a row
    is counted, atomically, there and back. Seven of those made two fifths of a row's time.
    """
    found: Any = njit(cache=True, nogil=True, error_model="numpy")(kernel)
    stored = getattr(found._cache, "_cache_file", None)  # there is none where numba has nowhere to write
    if stored is not None:
        stored._source_stamp = (stored._source_stamp, sources())
        stored._load_index = of_this_age(stored._load_index)
    return cast(Kernel, found)


def of_this_age(load: Callable[[], Index]) -> Callable[[], Index]:
    """`load`, where what is cached names a type that is no more: then it is of another age, and nothing."""

    def loaded() -> Index:
        try:
            return load()
        except (AttributeError, ImportError):
            return {}

    return loaded


@cache
def sources() -> str:
    """One digest of every kernel's source."""
    digest = blake2b(digest_size=16)
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()
