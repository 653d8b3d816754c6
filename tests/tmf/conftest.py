"""An installation with its endpoint on a real socket and workers of assurance and charging that obey."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import httpx
import pytest
import uvicorn

from ingestion.batches.batch import Batch, Origin
from telassure import wiring
from telassure.kernel.codec import decode
from telassure.kernel.events import Alarm, TroubleTicket
from telassure.kernel.instant import MINUTE, iso
from telassure.kernel.ports import AssuranceReader, EventLog
from telassure.wiring import faces
from telassure.wiring.home import Home
from telassure.wiring.settings import Settings

CATALOGUE = {
    "resources": [
        {"resource_id": "olt-3", "kind": "olt", "name": "OLT 3", "domain": "north"},
        {"resource_id": "splitter,7/1", "kind": "splitter", "domain": "north", "depends_on": ["olt-3"]},
        *({"resource_id": f"onu-{n:03}", "kind": "onu", "domain": "north"} for n in range(120)),
    ],
    "customers": [{"customer_id": "c-1", "name": "Bakery Lane", "segment": "business", "contact": "a@example.com"}],
    "products": [{"product_id": "fibre", "name": "Fibre 1000", "monthly_fee": "40", "currency": "EUR"}],
    "accounts": [
        {
            "account_id": "a-1",
            "customer": "c-1",
            "product": "fibre",
            "payment": "postpaid",
            "opening_balance": "0",
            "currency": "EUR",
        },
        *(
            {
                "account_id": name,
                "customer": "c-1",
                "product": "fibre",
                "payment": "prepaid",
                "opening_balance": "1000",
                "currency": "EUR",
            }
            for name in ("p-1", "p-2", "p-3", "p-4")
        ),
    ],
    "services": [
        {"service_id": "s-1", "kind": "internet", "account": "a-1", "product": "fibre", "supported_by": ["olt-3"]}
    ],
}


class Installation:
    """`api` asks as an operator; `reader` sees what came of it."""

    def __init__(
        self, settings: Settings, api: httpx.Client, reader: AssuranceReader, stranger: httpx.Client, log: EventLog
    ) -> None:
        self.settings, self.api, self.reader, self.stranger, self.log = settings, api, reader, stranger, log

    def logged(self, topology: str, kind: type) -> list[object]:
        """What came into a topology's log, of one type."""
        records = [
            record
            for number in range(Settings.model_construct().partitions)
            for record in self.log.read(topology, number, 0, 10_000, 1 << 24)
        ]
        return [event for event in (decode(each.kind, each.payload) for each in records) if isinstance(event, kind)]

    def alarm(self, managed_object: str = "onu-001", **more: object) -> dict[str, object]:
        """What a body needs that raises one."""
        return {
            "alarmType": "equipmentAlarm",
            "perceivedSeverity": "minor",
            "probableCause": "lossOfSignal",
            "alarmedObject": {"id": managed_object},
            "sourceSystemId": "ems-9",
            "state": "raised",
            "alarmRaisedTime": iso(wiring.WallClock().now() - 1_000_000),
            **more,
        }


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with pytest.MonkeyPatch.context() as patched:  # a busy machine of tests must not turn a 201 into a 202
        patched.setattr("telassure.wiring.industry_faces.PATIENCE", 60.0)
        patched.setattr(faces, "commands", partial(faces.commands, patience=60.0))
        yield from _installed(tmp_path_factory)


def _installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    settings = Settings.model_construct(home=tmp_path_factory.mktemp("tmf") / "home")
    wiring.home(settings)
    stop, place = threading.Event(), socket.create_server(("127.0.0.1", 0))
    with wiring.shared_log(settings) as log, wiring.worker(settings, ["assurance", "charging"], live=True) as host:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        gateway.submit(Batch("catalogue", CATALOGUE, "inventory"), Origin("inventory", "test"))
        raised = {"managed_object": "olt-3", "perceived_severity": "critical", "probable_cause": "lossOfPower"}
        raised["time"] = iso(wiring.WallClock().now() - 20 * MINUTE)
        gateway.submit(Batch("alarms", [raised], "first"), Origin("ems", "test", "north"))
        server = uvicorn.Server(uvicorn.Config(wiring.api(settings, log, gateway), log_level="error", ws="none"))
        threads = [
            threading.Thread(target=host.run, args=(stop,)),
            threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[place]))),
        ]
        for thread in threads:
            thread.start()
        base = f"http://127.0.0.1:{place.getsockname()[1]}"
        bearer = {"Authorization": f"Bearer {Home(settings.home).secret('api_token')}"}
        with (
            closing(wiring.reader(settings)) as reader,
            httpx.Client(base_url=base, headers=bearer, timeout=90) as api,
            httpx.Client(base_url=base) as stranger,
        ):
            try:
                _until_there(reader, stop)
                yield Installation(settings, api, reader, stranger, log)
            finally:
                stop.set()
                server.should_exit = True
                for thread in threads:
                    thread.join()
                place.close()


def _until_there(reader: AssuranceReader, stop: threading.Event) -> None:
    for _ in range(1_200):
        if reader.count(TroubleTicket) and reader.count(Alarm):
            return
        stop.wait(0.05)
    pytest.fail("no ticket within a minute")
