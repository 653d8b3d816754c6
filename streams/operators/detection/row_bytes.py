"""What a cell keeps of a part that is one record per series: the records as they lie in memory."""

from dataclasses import dataclass
from typing import Final

from streams.cells import CellCodec


@dataclass(slots=True)
class RowBytes:
    """The records, one after the other in the order of the series."""

    rows: bytes = b""


ROW_BYTES: Final = CellCodec(RowBytes)
