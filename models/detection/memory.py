"""Asks memory for a record some time before it is needed: many series wait for memory longer than they compute."""

from collections.abc import Callable
from typing import Any, Final, cast

from llvmlite import ir  # type: ignore[import-untyped]  # it has no stubs
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from models.detection.layout import Record

CACHE_LINE: Final = 64  # bytes
TO_WRITE: Final = 1
KEPT: Final = 3  # in the nearest cache
OF_DATA: Final = 1


def _fetch(_context: Any, record: Any) -> Any:
    """The type of `fetch` for a record of this type, and what makes its instructions: one for each cache line."""

    def instructions(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        number, start = ir.IntType(32), builder.bitcast(values[0], cgutils.voidptr_t)
        shape = ir.FunctionType(ir.VoidType(), [start.type, number, number, number])
        ask = cast(Any, cgutils).get_or_insert_function(builder.module, shape, "llvm.prefetch.p0")
        for offset in range(0, record.size, CACHE_LINE):
            line = builder.gep(start, [number(offset)])
            builder.call(ask, [line, number(TO_WRITE), number(KEPT), number(OF_DATA)])
        return context.get_dummy_value()

    return types.none(record), instructions


fetch: Callable[[Record], None] = cast(Any, intrinsic)(_fetch)
"""`fetch(records[place])`, in a kernel: that record will be read and written soon. It changes nothing, waits for
nothing and fails nowhere, not even at a place that the array does not have."""
