"""The faces of TM Forum's Open APIs on the endpoint: who may ask, and how what they state comes in."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from uuid import uuid4

import orjson
from fastapi import FastAPI, Request

from bss_sync.tmf.back_office import PATIENCE, BackOffice, Caller, PrepaidBalance
from bss_sync.tmf.refusal import FaceRefusal
from bss_sync.tmf.server import add_faces
from ingestion.batches.batch import Batch, Origin
from ingestion.fields.json_keys import refuse_key_twice
from ingestion.gateway import Gateway
from ingestion.sources.edge.bodies import BodyRefused, read_body
from streams.operator import cell_key
from streams.operators.charging.charge import Charger
from streams.operators.charging.purse import Purse, load_purse
from telassure.access.endpoint import bearer
from telassure.access.principal import Concern, permit_of, refusal
from telassure.access.tokens import Authenticator
from telassure.kernel.commands import CommandDesk
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Account
from telassure.kernel.ports import CellRow, RecordReader, StateStore
from telassure.kernel.routing import partition_of
from telassure.store.sql.documents import SqlDocuments
from telassure.wiring.places import LOG, WallClock, database_url, partitions, state_store
from telassure.wiring.settings import Settings

FEED: Final = "tmf"
_MOST_BYTES: Final = 1 << 20
_ARRIVES: Final = 10.0
_LONGEST_KEY: Final = 255
_CHARGING: Final = "charging"


@dataclass(frozen=True, slots=True)
class TokenGuard:
    """bss_sync.tmf.server.Guarding by bearer tokens. Resources are of all domains, so that who is bounded to some of
    them is refused."""

    authenticator: Authenticator

    def caller(self, request: Request, right: str) -> Caller:
        found = self.authenticator.principal(bearer(request)) if bearer(request) else None
        if found is None:
            raise FaceRefusal(401, "send Authorization: Bearer <token>")
        if why := refusal(found, right, Concern(domain="")):
            raise FaceRefusal(403, why)
        key = request.headers.get("idempotency-key", "")
        if len(key) > _LONGEST_KEY:
            raise FaceRefusal(400, f"Idempotency-Key is longer than {_LONGEST_KEY} characters; send a shorter one")
        return Caller(found.name, request.headers.get("traceparent", ""), permit_of(found), key)

    async def body(self, request: Request) -> bytes:
        try:
            body = await read_body(request, _MOST_BYTES, _ARRIVES)
            with suppress(ValueError):  # what is no JSON is refused where it is read
                refuse_key_twice(body)
        except BodyRefused as refused:
            raise FaceRefusal(refused.status, refused.reason) from None
        except InvalidInput as refused:
            raise FaceRefusal(400, refused.reason) from None
        return body


@dataclass(frozen=True, slots=True)
class GatewayInbound:
    """bss_sync.tmf.back_office.Inbound: every request is a batch of its own."""

    gateway: Gateway

    def submit(self, kind: str, body: object, caller: Caller) -> Sequence[str]:
        attempt = uuid4().hex
        digest = blake2b(orjson.dumps(body), digest_size=16).digest()
        origin = Origin(
            FEED, f"tmf:{kind}", trace=caller.trace, actor=caller.name, attempt=attempt, principal=caller.name
        )
        receipt = self.gateway.submit(Batch(kind, body, attempt, digest), origin)
        return [each.reason for each in receipt.rejected]


@dataclass(frozen=True, slots=True)
class KeptBalances:
    """bss_sync.tmf.back_office.PrepaidBalances over the cells of charging; an account of which charging has nothing yet
    has its opening balance."""

    store: StateStore
    partitions: int

    def of(self, accounts: Sequence[Account]) -> Mapping[str, PrepaidBalance]:
        places: dict[int, dict[str, Account]] = {}
        for each in accounts:
            key = cell_key(each.account_id, each.opening_balance.currency)
            places.setdefault(partition_of(each.account_id, self.partitions), {})[key] = each
        found = dict[str, PrepaidBalance]()
        for number, named in places.items():
            cells = self.store.cells(_CHARGING, number, Charger.name, list(named))
            for key, account in named.items():
                found[account.account_id] = _balance(account, cells.get(key))
        return found


def _balance(account: Account, cell: CellRow | None) -> PrepaidBalance:
    purse = Purse() if cell is None or cell.blob is None else load_purse(cell.blob, cell.version)
    micros = account.opening_balance.micros if purse.balance is None else purse.balance
    return PrepaidBalance(micros, purse.held)


def add_industry_faces(
    app: FastAPI, settings: Settings, way_in: Gateway, desk: CommandDesk, found: tuple[RecordReader, Authenticator]
) -> None:
    """Serve them beside ingestion."""
    reader, tokens = found
    charging = state_store(settings, _CHARGING)
    app.state.open_ones.callback(charging.close)
    balances = KeptBalances(charging, partitions(settings)[_CHARGING])
    documents = SqlDocuments(database_url(settings, LOG))
    app.state.open_ones.callback(documents.close)
    way, stated = GatewayInbound(way_in), way_in.in_force
    office = BackOffice(reader, desk, way, stated, documents, balances, WallClock(), PATIENCE)
    add_faces(app, office, TokenGuard(tokens))
