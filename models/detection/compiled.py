"""One place that says how kernels are compiled: cached on disk, without the GIL, and total (division never raises)."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """The kernel as machine code with its Python signature. No fast-math: rows score alike alone and together."""
    return cast(Kernel, njit(cache=True, nogil=True, error_model="numpy")(kernel))
