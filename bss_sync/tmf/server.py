"""The engine: every face's paths, with one way to list, read, create, change and remove whatever is behind them."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol
from urllib.parse import quote

import orjson
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from bss_sync.tmf.attributes import refuse_depth
from bss_sync.tmf.back_office import BackOffice, Caller, Pending
from bss_sync.tmf.face import Backing, Face, ResourceFace, Wire, faces
from bss_sync.tmf.patches import MERGE, patched
from bss_sync.tmf.query import read_fields, read_query, shown
from bss_sync.tmf.refusal import FaceRefusal, bad, missing
from telassure.access.endpoint import Endpoint, note
from telassure.kernel.errors import DamagedStore, TransientError

_log = logging.getLogger(__name__)
_METHODS: Final = {"list": "GET", "create": "POST", "get": "GET", "patch": "PATCH", "delete": "DELETE"}
_CHANGES: Final = frozenset({"create", "patch", "delete"})


class Guarding(Protocol):
    """Who may ask, and how a body is read."""

    def caller(self, request: Request, right: str) -> Caller:
        """FaceRefusal (401, 403) where nobody, or who has not this right."""
        ...

    async def body(self, request: Request) -> bytes:
        """FaceRefusal where it is too large or does not come."""
        ...


def add_faces(app: FastAPI, office: BackOffice, guard: Guarding) -> None:
    """Serve every declared face below each of its bases."""
    for face in faces().values():
        for resource in face.resources:
            served = _Served(face, resource, resource.backing(office), guard)
            for base in face.bases:
                _route(app, f"{base.rstrip('/')}/{resource.path}", served)


def _route(app: FastAPI, place: str, served: "_Served") -> None:
    ways: dict[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {
        ("list", place): served.list,
        ("create", place): served.create,
        ("get", place + "/{id:path}"): served.get,
        ("patch", place + "/{id:path}"): served.patch,
        ("delete", place + "/{id:path}"): served.delete,
    }
    able = {path: [_METHODS[name] for (name, at) in ways if at == path] for _, path in ways}
    for (name, path), way in ways.items():
        if name in served.resource.operations:
            app.add_api_route(path, _guarded(way), methods=[_METHODS[name]], response_model=None)
            note(app, Endpoint(_METHODS[name], path, served.right_of(name)))
            able[path].remove(_METHODS[name])
    for path, methods in able.items():
        rest = [*methods, "PUT"]
        app.add_api_route(path, _guarded(served.not_offered), methods=rest, response_model=None)
        for method in rest:
            note(app, Endpoint(method, path, served.right_of("list")))


def _guarded(way: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Response:
        try:
            return await way(request)
        except FaceRefusal as refused:
            headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else None
            return _answer(refused.status, refused.body, headers)
        except DamagedStore as damaged:
            return _answer(503, FaceRefusal(503, str(damaged)).body, {"Retry-After": "1"})
        except TransientError:
            _log.warning("a store or the log is not to be had")
            reason = "a store or the log is not to be had; try again"
            return _answer(503, FaceRefusal(503, reason).body, {"Retry-After": "1"})

    return answered


class _Served:
    def __init__(self, face: Face, resource: ResourceFace, backing: Backing, guard: Guarding) -> None:
        self.resource, self._backing, self._guard, self._face = resource, backing, guard, face
        self._base = face.bases[0].rstrip("/")

    def right_of(self, operation: str) -> str:
        return self._face.writes if operation in _CHANGES else self._face.reads

    async def list(self, request: Request) -> Response:
        self._guard.caller(request, self._face.reads)
        query = read_query(request.query_params.multi_items(), self.resource.attributes)
        page = await run_in_threadpool(self._backing.listed, query)
        rows = [shown(self._with_href(row), query.fields) for row in page.rows]
        return _answer(200, rows, {"X-Total-Count": str(page.total), "X-Result-Count": str(len(rows))})

    async def get(self, request: Request) -> Response:
        self._guard.caller(request, self._face.reads)
        fields = read_fields(request.query_params.get("fields"))
        return _answer(200, shown(self._with_href(await self._found(request)), fields))

    async def create(self, request: Request) -> Response:
        caller = self._guard.caller(request, self._face.writes)
        body = _object(await self._guard.body(request))
        for name in self.resource.mandatory:
            if body.get(name) in (None, "", [], {}):
                raise bad(f"{name} is mandatory")
        self.resource.attributes.check(body)
        sent = {"@type": self.resource.type_name, **{n: v for n, v in body.items() if n not in ("id", "href")}}
        try:
            made = await run_in_threadpool(self._backing.create, sent, caller)
        except Pending as pending:
            return self._accepted(pending)
        whole = self._with_href(made)
        return _answer(201, whole, {"Location": str(whole["href"])})

    async def patch(self, request: Request) -> Response:
        caller = self._guard.caller(request, self._face.writes)
        before = self._with_href(await self._found(request))
        kind = request.headers.get("content-type", MERGE[0])
        after = patched(before, kind, _parsed(await self._guard.body(request)))
        for name in ("id", "href", *self.resource.fixed):
            if after.get(name) != before.get(name):
                raise bad(f"{name} cannot be changed")
        self.resource.attributes.check(after)
        for name in self.resource.mandatory:
            if after.get(name) in (None, "") and before.get(name) not in (None, ""):
                raise bad(f"{name} is mandatory")
        try:
            changed = await run_in_threadpool(self._backing.change, before, after, caller)
        except Pending as pending:
            return self._accepted(pending)
        return _answer(200, self._with_href(changed))

    async def delete(self, request: Request) -> Response:
        caller = self._guard.caller(request, self._face.writes)
        identity = str((await self._found(request))["id"])
        try:
            await run_in_threadpool(self._backing.remove, identity, caller)
        except Pending as pending:
            return self._accepted(pending)
        return Response(status_code=204)

    async def not_offered(self, request: Request) -> Response:
        self._guard.caller(request, self._face.reads)
        able = ", ".join(sorted({_METHODS[name] for name in self.resource.operations}))
        refused = FaceRefusal(405, f"{request.method} is not offered on {self.resource.path}; there are {able}")
        return _answer(405, refused.body, {"Allow": able})

    async def _found(self, request: Request) -> Wire:
        identity = request.path_params["id"]
        found = None if "\0" in identity else await run_in_threadpool(self._backing.get, identity)
        if found is None:
            raise missing(self.resource.type_name)
        return found

    def _place(self, identity: object) -> str:
        return f"{self._base}/{self.resource.path}/{quote(str(identity), safe='')}"

    def _with_href(self, wire: Wire) -> dict[str, Any]:
        first = {"id": wire["id"], "href": self._place(wire["id"])}
        return {**first, **{name: value for name, value in wire.items() if name not in first}}

    def _accepted(self, pending: Pending) -> Response:
        headers = {"Location": self._place(pending.identity)} if pending.identity else None
        reason = "it is durable; the worker that applies it has not taken it yet"
        return _answer(202, {"status": "accepted", "reason": reason}, headers)


def _parsed(body: bytes) -> Any:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad(f"the body is not JSON in UTF-8: {error.msg}") from None
    refuse_depth(found)
    return found


def _object(body: bytes) -> Mapping[str, Any]:
    found = _parsed(body)
    if not isinstance(found, dict):
        raise bad("the body is not an object")
    return found


def _answer(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, "application/json")
