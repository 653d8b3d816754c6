"""Documents that others post in their own terms, such as Alertmanager's webhook: a mapping makes rows of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from ingestion.batches.batch import Batch, Origin, Receipt
from ingestion.batches.kind import kind_named
from ingestion.fields.json_keys import refuse_key_twice
from ingestion.kinds.catalogue import CATALOGUE
from ingestion.mappings.mapping import Mapped, SourceMapping
from ingestion.mappings.shelf import mappings_of
from ingestion.sources.edge.answers import SHOWN, answer
from ingestion.sources.edge.answers import refused as _refused
from ingestion.sources.edge.reception import of_kind
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
from telassure.kernel.errors import ConfigurationError, InvalidInput
from telassure.kernel.events import PolicyValue
from telassure.kernel.events.control import identity_of
from telassure.kernel.rights import INGEST

if TYPE_CHECKING:
    from fastapi import Response

PATH: Final = "/v1/webhooks/{mapping}"


class WebhookSettings(EndpointSettings):
    """Whether documents of others are taken at all."""


@dataclass(frozen=True, slots=True)
class WebhookDesk:
    """Takes documents by the mapping that the address names."""

    ground: Ground
    mappings: Mapping[str, SourceMapping]

    def take(self, parcel: Parcel) -> "Response":
        mapping = self.mappings.get(parcel.path["mapping"])
        if mapping is None or kind_named(mapping.kind).right != INGEST:
            return _refused(404, f"there is no such mapping; use one of {', '.join(self.mappings)}")
        try:
            document = orjson.loads(parcel.body)
        except orjson.JSONDecodeError as wrong:
            raise InvalidInput(f"the body is not JSON in UTF-8: {wrong.msg}") from None
        refuse_key_twice(parcel.body)
        found = mapping.of(document, self.ground.clock.now(), parcel.origin.zone)
        if mapping.counters:
            state_counters(self.ground, mapping)
        position = f"{mapping.name}:{blake2b(parcel.body, digest_size=16).hexdigest()}"
        receipt = Receipt(0, 0, 0)
        if found.rows or found.refused:
            batch = found.batch(mapping.kind, position)
            receipt = self.ground.gateway.submit(batch, of_kind(parcel.origin, mapping.kind))
        return _told(found, receipt)


def state_counters(ground: Ground, mapping: SourceMapping) -> None:
    """Have the counters of a mapping judged as such, where nobody has said yet what they are."""
    known = ground.gateway.in_force
    wanted = [PolicyValue("detection", "kind", word, name) for name, word in mapping.counters.items()]
    missing = [each for each in wanted if known.get(PolicyValue, identity_of(each)) is None]
    if missing:
        rows = [
            {"area": each.area, "name": each.name, "value": each.value, "selector": each.selector} for each in missing
        ]
        position = f"counters:{mapping.name}:{len(missing)}"
        origin = Origin("settings", "settings", actor=f"the mapping {mapping.name}")
        ground.gateway.submit(Batch(CATALOGUE.name, {"policies": rows}, position), origin)


def _told(found: Mapped, receipt: Receipt) -> "Response":
    """202 where anything was taken, repeated or left out on purpose, else 422; each refusal with its place."""
    refused = [{"place": each.place, "reason": each.reason} for each in found.refused]
    refused += [{"place": found.places[bad.index], "reason": bad.reason} for bad in receipt.rejected]
    content = {
        "accepted": receipt.accepted,
        "duplicates": receipt.duplicates,
        "left_out": dict(found.left_out),
        "refused": refused[:SHOWN],
        "refused_total": len(refused),
    }
    taken = receipt.accepted or receipt.duplicates or not refused or found.left_out
    return answer(202 if taken else 422, content)


def _offers(ground: Ground, _: WebhookSettings) -> Sequence[Offering]:
    desk = WebhookDesk(ground, mappings_of(ground.home))
    return [Offering(Endpoint("POST", PATH, INGEST), desk.take, _refused)]


def _fault(_: WebhookSettings, home: Path) -> str:
    try:
        mappings_of(home)
    except ConfigurationError as wrong:
        return f"{wrong}; mend it, and try it with telassure ingest test"
    return ""


WEBHOOKS: Final = InputSource(
    name="webhooks",
    text="documents of others, by a mapping",
    section="webhooks",
    settings=WebhookSettings,
    run=stands,
    runs=ENDPOINT,
    offers=_offers,
    wanted=is_enabled,
    fault=_fault,
)
