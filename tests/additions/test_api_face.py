"""The guide "Adding an API face", as it is printed: one file, and the face is served."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from bss_sync.tmf.back_office import BackOffice, Caller
from bss_sync.tmf.face import faces
from bss_sync.tmf.server import add_faces
from ingestion.batches.in_force import CatalogueInForce
from streams.hosts.driver import DriverClock
from telassure.store.sql.documents import SqlDocuments
from telassure.store.sql.migrate import upgrade
from tests.adding import added, guide

GUIDE = guide("api-face")
PLACE = "/tmf-api/workOrderManagement/v4/workOrder"


class Anybody:
    """Lets everybody in."""

    def caller(self, request, right):
        return Caller("dispatcher")

    async def body(self, request):
        return await request.body()


@dataclass(frozen=True, slots=True)
class Client:
    """Asks the app, without a socket."""

    app: FastAPI

    def ask(self, method: str, path: str, **more: object) -> httpx.Response:
        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://here") as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    ((path, text),) = GUIDE.files.items()
    folder = tmp_path / "faces"
    folder.mkdir()
    url = f"sqlite:///{tmp_path / 'log.db'}"
    upgrade(url, "log")
    documents = SqlDocuments(url)
    with added(path, text, folder):
        app = FastAPI()
        nothing = BackOffice(None, None, None, CatalogueInForce(), documents, None, DriverClock())
        add_faces(app, nothing, Anybody())
        yield Client(app)
    documents.close()


def test_the_guide_shows_one_file_and_no_line_elsewhere():
    assert (list(GUIDE.files), GUIDE.lines) == (["bss_sync/tmf/faces/work_orders.py"], {})


def test_the_face_is_served_with_all_that_a_face_has(client):
    made = client.ask("POST", PLACE, json={"description": "swap the fan"})
    assert (made.status_code, made.json()["state"], made.json()["orderedBy"]) == (201, "acknowledged", "dispatcher")
    assert client.ask("GET", PLACE, params={"state": "acknowledged"}).json() == [made.json()]
    assert client.ask("PATCH", made.json()["href"], json={"state": "done"}).json()["state"] == "done"
    assert client.ask("PATCH", made.json()["href"], json={"state": "lost"}).status_code == 400
    assert client.ask("POST", PLACE, json={}).json()["reason"] == "description is mandatory"
    assert "TMF697" in faces()
