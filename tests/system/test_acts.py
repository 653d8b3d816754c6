"""Commands on an installation: through whatever face, the operator obeys and the audit keeps who, when and why."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from ingestion.batches.batch import Batch, Origin
from ingestion.commands import LoggedCommands
from telassure import wiring
from telassure.app.cli.act import act_app
from telassure.kernel.commands import Instruction, house_own
from telassure.kernel.events import ActOutcome, Alarm, ServiceProblem, TroubleTicket
from telassure.kernel.instant import MINUTE, iso
from telassure.kernel.ports import AssuranceReader
from telassure.wiring.settings import Settings

Ask = Callable[..., Any]
ALARM = {"managed_object": "olt-3", "perceived_severity": "critical", "probable_cause": "loss of signal"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    found = Settings.model_construct(home=tmp_path / "home")
    wiring.home(found)
    return found


@pytest.fixture
def reader(settings: Settings) -> Iterator[AssuranceReader]:
    yield from worked(settings)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ask, AssuranceReader]]:
    """A request to the API and the reader of an installation on which no test has an effect."""
    found = Settings.model_construct(home=tmp_path_factory.mktemp("calm") / "home")
    wiring.home(found)
    for reader in worked(found):
        for ask in asked(found):
            yield ask, reader


def worked(settings: Settings) -> Iterator[AssuranceReader]:
    """Of an installation with one open alarm, its problem and its ticket, and a worker that runs."""
    with wiring.opened_log(settings) as log:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        raised = [{**ALARM, "time": iso(wiring.WallClock().now() - 20 * MINUTE)}]
        gateway.submit(Batch("alarms", raised, "first"), Origin("ems", "test", "north"))
    stop = threading.Event()
    with wiring.worker(settings, ["assurance"], live=True) as host, closing(wiring.reader(settings)) as found:
        thread = threading.Thread(target=host.run, args=(stop,))
        thread.start()
        try:
            for _ in range(1_200):
                assert thread.is_alive(), "the worker has ended"
                if found.count(TroubleTicket):
                    break
                stop.wait(0.05)
            else:
                pytest.fail("no ticket within a minute")
            yield found
        finally:
            stop.set()
            thread.join()


@pytest.fixture
def act() -> Ask:
    def run(*words: str, code: int = 0) -> Any:
        ran = CliRunner().invoke(act_app(), [*words, "--json"])
        assert ran.exit_code == code, ran.output
        return json.loads(ran.stdout) if code == 0 else " ".join(ran.stderr.split())

    return run


@pytest.fixture
def ask(settings: Settings, reader: AssuranceReader) -> Iterator[Ask]:
    yield from asked(settings)


def asked(settings: Settings) -> Iterator[Ask]:
    """A request to the API, with its token."""
    token = wiring.home(settings).secret("api_token")
    with wiring.opened_log(settings) as log:
        app = wiring.api(
            settings, log, wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        )

        def request(method: str, bearer: str = token, **more: Any) -> httpx.Response:
            async def answered() -> httpx.Response:
                transport = httpx.ASGITransport(app=app)
                async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                    headers = {"authorization": f"Bearer {bearer}"}
                    return await client.request(method, "/v1/commands", headers=headers, **more)

            return asyncio.run(answered())

        yield request


def one(reader: AssuranceReader, kind: type[Any]) -> Any:
    [found] = reader.find(kind).rows
    return found


def test_the_key_a_case_the_command_line_acknowledges_a_problem_and_its_alarms(
    reader: AssuranceReader, act: Ask
) -> None:
    problem = one(reader, ServiceProblem)
    said = act("ack", problem.problem_id, "--why", "crew is on its way", "--user", "eve")
    assert (said["outcome"], said["user"], said["problem"]) == ("done", "eve", problem.problem_id)
    assert (one(reader, Alarm).ack_state, one(reader, Alarm).ack_user) == ("acknowledged", "eve")


def test_the_beginning_of_an_id_is_enough(reader: AssuranceReader, act: Ask) -> None:
    assert act("ack", one(reader, Alarm).alarm_id[:10])["alarm"] == one(reader, Alarm).alarm_id


def test_the_audit_is_read_by_object(reader: AssuranceReader, act: Ask) -> None:
    ticket = one(reader, TroubleTicket).ticket_id
    act("assign", ticket, "--to", "field-3", "--user", "eve")
    act("ack", one(reader, Alarm).alarm_id, "--user", "adam")
    found = act("list", "--object", ticket)
    assert [(each["command"], each["user"], each["face"]) for each in found["acts"]] == [
        ("assign", "eve", "command line")
    ]


def test_what_is_so_already_is_refused_with_the_reason(reader: AssuranceReader, act: Ask) -> None:
    alarm = one(reader, Alarm).alarm_id
    act("ack", alarm, "--user", "eve")
    assert "acknowledged already by eve" in act("ack", alarm, code=1)


def test_an_id_that_nobody_knows_is_refused_and_leaves_no_act(reader: AssuranceReader, act: Ask) -> None:
    assert "is the id of no alarm or problem that is kept" in act("ack", "0123456789", code=1)
    assert reader.count(ActOutcome) == 0


def test_clearing_by_hand_wants_a_reason(reader: AssuranceReader, act: Ask) -> None:
    assert "why" in act("clear", one(reader, Alarm).alarm_id, code=2)


@pytest.mark.parametrize(
    ("why", "kept"),
    [
        ("crew is out\nback at 12", "crew is out\nback at 12"),
        ("crew is out\r\n\tback at 12\u2028call first", "crew is out\n\tback at 12\ncall first"),
        ("a bell \x07 and no more", "a bell \ufffd and no more"),
    ],
)
def test_a_reason_keeps_its_line_breaks(reader: AssuranceReader, act: Ask, ask: Ask, why: str, kept: str) -> None:
    alarm = one(reader, Alarm).alarm_id
    act("ack", alarm, "--why", why)
    assert ask("POST", json={"command": "unack", "object": alarm, "why": why}).status_code == 200
    assert [each.why for each in reader.find(ActOutcome).rows] == [kept, kept]


def test_a_reason_of_several_lines_is_one_line_of_a_list(reader: AssuranceReader, act: Ask) -> None:
    act("ack", one(reader, Alarm).alarm_id, "--why", "crew is out\n\nback at 12", "--user", "eve")
    listed = CliRunner().invoke(act_app(), ["list"]).stdout.splitlines()
    assert (len(listed), " ".join(listed[1].split()[-6:])) == (2, "crew is out back at 12")


@pytest.mark.parametrize("why", ["x" * 501, "line\n" * 101])
def test_a_reason_that_is_too_long_is_refused_whole(reader: AssuranceReader, act: Ask, why: str) -> None:
    assert "why has 50" in act("ack", one(reader, Alarm).alarm_id, "--why", why, code=1)


@pytest.mark.parametrize("why", [" ", "\n", "\r\n\t"])
def test_a_reason_without_a_word_is_none(reader: AssuranceReader, act: Ask, why: str) -> None:
    assert "say why" in act("clear", one(reader, Alarm).alarm_id, "--why", why, code=1)


def test_a_note_keeps_its_line_breaks(reader: AssuranceReader, act: Ask) -> None:
    act("note", one(reader, TroubleTicket).ticket_id, "--text", "site is locked\nkey at the farm", "--user", "eve")
    assert one(reader, TroubleTicket).notes[0].endswith("eve: site is locked\nkey at the farm")


def test_a_name_is_one_line(reader: AssuranceReader, act: Ask) -> None:
    said = act("assign", one(reader, TroubleTicket).ticket_id, "--to", "field\n3", code=1)
    assert "to contains control characters" in said


def test_the_api_gives_the_same_command_and_says_what_became_of_it(ask: Ask, reader: AssuranceReader) -> None:
    alarm = one(reader, Alarm).alarm_id
    answer = ask("POST", json={"command": "ack", "object": alarm, "why": "seen"})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "done")
    assert (one(reader, ActOutcome).face, one(reader, ActOutcome).why) == ("api", "seen")


def test_who_acts_is_taken_from_the_token(ask: Ask, reader: AssuranceReader) -> None:
    ask("POST", json={"command": "ack", "object": one(reader, Alarm).alarm_id})
    assert (one(reader, ActOutcome).user, one(reader, ActOutcome).stated) == ("api_token", False)


def test_the_same_id_twice_is_one_act(ask: Ask, reader: AssuranceReader) -> None:
    body = {"command": "ack", "object": one(reader, Alarm).alarm_id, "id": "mine-1"}
    first, second = ask("POST", json=body), ask("POST", json=body)
    assert (first.json(), reader.count(ActOutcome)) == (second.json(), 1)


def test_an_id_is_not_taken_for_another_command(ask: Ask, reader: AssuranceReader) -> None:
    alarm = one(reader, Alarm).alarm_id
    ask("POST", json={"command": "ack", "object": alarm, "id": "mine-1"})
    assert ask("POST", json={"command": "unack", "object": alarm, "id": "mine-1"}).status_code == 409


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"command": "akc", "object": "x"}, "did you mean ack?"),
        ({"command": "ack", "object": "x", "users": "eve"}, "unknown field"),
        ({"command": "assign", "object": "TICKET"}, "to is missing"),
        ({"command": "assign", "object": "TICKET", "arguments": {"too": "eve"}}, "has no argument"),
        ({"command": "clear", "object": "ALARM"}, "needs a reason"),
        ({"command": "ack", "object": "ALARM", "user": "a\nb"}, "control characters"),
        ({"command": "ack", "object": "ALARM", "user": "eve"}, "taken from the token"),
    ],
)
def test_what_can_have_no_effect_is_refused_before_the_log(
    calm: tuple[Ask, AssuranceReader], body: dict[str, Any], words: str
) -> None:
    ask, reader = calm
    named = {"TICKET": one(reader, TroubleTicket).ticket_id, "ALARM": one(reader, Alarm).alarm_id}
    answer = ask("POST", json={**body, "object": named.get(body["object"], body["object"])})
    assert answer.status_code == 422
    assert words in answer.json()["error"]


def test_without_the_token_nothing_is_offered_and_nothing_taken(calm: tuple[Ask, AssuranceReader]) -> None:
    ask, _ = calm
    assert [ask(method, bearer="wrong", json={}).status_code for method in ("GET", "POST")] == [401, 401]


def test_the_api_lists_what_it_offers(calm: tuple[Ask, AssuranceReader]) -> None:
    ask, _ = calm
    offered = {(each["command"], each["on"]) for each in ask("GET").json()["commands"]}
    assert {("ack", "alarm"), ("ack", "problem"), ("note", "ticket")} <= offered


def test_a_command_on_what_is_not_open_is_refused(ask: Ask, reader: AssuranceReader) -> None:
    alarm = one(reader, Alarm).alarm_id
    ask("POST", json={"command": "clear", "object": alarm, "why": "fixed"})
    answer = ask("POST", json={"command": "ack", "object": alarm})
    assert (answer.status_code, "is cleared; ack acts on one that is active" in answer.json()["error"]) == (422, True)


def test_without_a_worker_the_command_is_durable_and_says_so(settings: Settings, reader: AssuranceReader) -> None:
    taken: list[Any] = []

    class NoPolicies:
        """No policy is stated by commands on what is kept."""

    class Kept:
        def append(self, entries: Any) -> Any:
            taken.extend(entries)
            from telassure.kernel.ports import Appended

            return Appended(len(entries), 0)

    desk = LoggedCommands(Kept(), wiring.partitions(settings), (reader, NoPolicies()), wiring.WallClock(), patience=0)
    reply = desk.give(Instruction("ack", one(reader, Alarm).alarm_id, "eve", permit=house_own))
    assert (reply.outcome, [entry.position for entry in taken]) == (None, [reply.act_id])
