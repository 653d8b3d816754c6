"""Prometheus remote write 1.0: samples of its series as measurements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np
from pydantic import Field

from ingestion.batches.batch import Batch, Refusal
from ingestion.sources.edge.answers import refused
from ingestion.sources.remote_write.series_names import SeriesNames
from ingestion.sources.source import (
    ENDPOINT,
    EndpointSettings,
    Ground,
    InputSource,
    Offering,
    Parcel,
    is_enabled,
    stands,
)
from telassure.access.endpoint import Endpoint
from telassure.kernel.errors import InvalidInput
from telassure.kernel.rights import INGEST

if TYPE_CHECKING:
    from fastapi import Response

    from ingestion.fields.write_request import Samples

PATH: Final = "/api/v1/write"
MOST_BYTES: Final = 16 << 20
PACKED: Final = "snappy"
_MILLISECOND: Final = 1_000
_STALE: Final = 0x7FF0000000000002
"""The NaN by which Prometheus says that a series has ended."""
_OBJECTS: Final = ("managed_object", "instance", "node", "host", "pod", "job")


class RemoteWriteSettings(EndpointSettings):
    """`objects`: the labels of which the first that a series has names what is measured. `ignored`: labels that tell no
    two series of an object apart."""

    objects: list[str] = Field(default=list(_OBJECTS), min_length=1)
    ignored: list[str] = Field(default=["job"])


@dataclass(frozen=True, slots=True)
class RemoteWriteDesk:
    """Takes requests: 204 once all that can be taken is durable."""

    ground: Ground
    names: SeriesNames

    def take(self, parcel: Parcel) -> "Response":
        from fastapi import Response

        from ingestion.fields.snappy import unpacked  # numba takes a second to load
        from ingestion.fields.write_request import samples_of

        if why := _unlike(parcel.headers):
            return refused(415, why)
        found = samples_of(unpacked(parcel.body, MOST_BYTES))
        body, refusals = self._columns(found)
        if body["time"] or refusals:
            position = blake2b(parcel.body, digest_size=16).hexdigest()
            batch = Batch("measurements", body, position, refused=refusals)
            receipt = self.ground.gateway.submit(batch, parcel.origin)
            if not receipt.accepted and not receipt.duplicates:
                reasons = [*(each.reason for each in refusals), *(each.reason for each in receipt.rejected)]
                raise InvalidInput(reasons[0])
        return Response(status_code=204)

    def _columns(self, found: "Samples") -> tuple[dict[str, list[object]], list[Refusal]]:
        """The samples as a body of columns, and one refusal for each series that is none here."""
        refusals: list[Refusal] = []
        objects: dict[str, int] = {}
        names: dict[str, int] = {}
        codes = np.full((len(found.labels), 2), -1, dtype=np.int64)
        for number, octets in enumerate(found.labels):
            try:
                measured, name = self.names.of(octets)
            except InvalidInput as wrong:
                refusals.append(Refusal(f"series {number}", wrong.reason))
                continue
            codes[number] = objects.setdefault(measured, len(objects)), names.setdefault(name, len(names))
        bits = found.value.view(np.int64)
        kept = (codes[found.series, 0] >= 0) & (bits != _STALE)
        series = found.series[kept]
        body: dict[str, list[object]] = {
            "managed_objects": list(objects),
            "measurements": list(names),
            "managed_object": codes[series, 0].tolist(),
            "measurement": codes[series, 1].tolist(),
            "time": (found.time[kept] * _MILLISECOND).tolist(),
            "value": found.value[kept].tolist(),
        }
        if found.histograms:
            reason = "native histograms are not read; have the exporter send classic ones"
            refusals.append(Refusal(f"{found.histograms} histograms", reason))
        return body, refusals


def _unlike(headers: Mapping[str, str]) -> str:
    """Why a request is not of this version of the protocol, "" where it is."""
    if "io.prometheus.write.v2" in headers.get("content-type", ""):
        return "remote write 2.0 is not taken; set protobuf_message: prometheus.WriteRequest"
    packed = headers.get("content-encoding", PACKED)
    return "" if packed == PACKED else f"Content-Encoding {packed[:20]!r} is not taken; send {PACKED}"


def _offers(ground: Ground, settings: RemoteWriteSettings) -> Sequence[Offering]:
    desk = RemoteWriteDesk(ground, SeriesNames(settings.objects, frozenset(settings.ignored)))
    return [Offering(Endpoint("POST", PATH, INGEST), desk.take, refused, MOST_BYTES, (PACKED,))]


REMOTE_WRITE: Final = InputSource(
    name="remote_write",
    text="samples that Prometheus writes",
    section="remote_write",
    settings=RemoteWriteSettings,
    run=stands,
    runs=ENDPOINT,
    offers=_offers,
    wanted=is_enabled,
)
