"""The answers of the endpoint: what became of a body and of each of its rows."""

from itertools import islice
from typing import Final

import numpy as np
import orjson
from fastapi import Response

from ingestion.batches.batch import Disposition, Receipt

SHOWN: Final = 1_000
"""The most rejected rows, items or ranges in one answer; totals count all."""


def answer(status: int, content: object, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, "application/json")


def refused(status: int, reason: str) -> Response:
    """A refusal as our own interface words it."""
    return answer(status, {"error": reason}, headers_of(status))


def headers_of(status: int) -> dict[str, str]:
    """What goes with a refusal: how to prove who asks, and when to come again."""
    if status == 401:
        return {"WWW-Authenticate": 'Bearer, Basic realm="telassure"'}
    return {"Retry-After": "1"} if status in (429, 503) else {}


def busy(reason: str) -> Response:
    return answer(503, {"error": f"{reason}; try again"}, {"Retry-After": "1"})


def over_rate(reason: str, seconds: int) -> Response:
    return answer(429, {"error": f"{reason}; come again in {seconds} s"}, {"Retry-After": str(seconds)})


def taken(receipt: Receipt, columnar: bool) -> Response:
    """202, or 422 where no row was taken and none repeats what is there. Rows are told one by one, those of a columnar
    body in ranges."""
    content: dict[str, object] = {
        "accepted": receipt.accepted,
        "duplicates": receipt.duplicates,
        "rejected": [{"index": bad.index, "reason": bad.reason} for bad in receipt.rejected[:SHOWN]],
    }
    if len(receipt.rejected) > SHOWN:
        content["rejected_total"] = len(receipt.rejected)
    content["totals"] = {
        each.name.lower(): receipt.total(each)
        for each in Disposition
        if each is not Disposition.HELD or receipt.total(each)
    }
    content |= _ranges(receipt) if columnar else _items(receipt)
    nothing = receipt.accepted == 0 and receipt.duplicates == 0
    return answer(422 if nothing else 202, content)


def _items(receipt: Receipt) -> dict[str, object]:
    """The first rows, each with what became of it."""
    reasons = {bad.index: bad.reason for bad in receipt.rejected}
    words = [each.name.lower() for each in Disposition]
    items: list[dict[str, object]] = []
    for index, code in enumerate(islice(receipt.dispositions.tolist(), SHOWN)):
        reason = reasons.get(index)
        row: dict[str, object] = {"index": index, "outcome": words[code]}
        items.append(row if reason is None else {**row, "reason": reason})
    found: dict[str, object] = {"items": items}
    return found if len(receipt.dispositions) <= SHOWN else {**found, "items_total": len(receipt.dispositions)}


def _ranges(receipt: Receipt) -> dict[str, object]:
    """The first runs of rows that became of the same, each with its first and last row."""
    codes = receipt.dispositions
    starts = np.flatnonzero(np.diff(codes, prepend=np.uint8(255)))
    ends = np.append(starts[1:], len(codes)) - 1
    runs = zip(starts.tolist(), ends.tolist(), codes[starts].tolist(), strict=True)
    words = [each.name.lower() for each in Disposition]
    ranges = [{"first": first, "last": last, "outcome": words[code]} for first, last, code in islice(runs, SHOWN)]
    found: dict[str, object] = {"ranges": ranges}
    return found if len(starts) <= SHOWN else {**found, "ranges_total": len(starts)}
