"""Notices reach every receiver, in the order of their incident, whatever one receiver does."""

import socket
import threading
from contextlib import closing
from pathlib import Path

import pytest

from bss_sync.outbox.delivery import Delivery
from telassure.kernel.events import DeadLetter
from telassure.kernel.ports import Choice
from telassure.store.sql import SqlReader
from tests.outbox.receivers import Desk, Outbox, desk, notice


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path)


def letters(outbox: Outbox) -> list[DeadLetter]:
    with closing(SqlReader(f"sqlite:///{outbox.place}/log.db", {"assurance": outbox.url})) as found:
        return list(found.letters(limit=100).rows)


def test_a_notice_is_posted_once_and_leaves_the_outbox(outbox: Outbox) -> None:
    outbox.commit(notice("n1"), notice("n2", "t-2"))
    with desk() as crm:
        outbox.brought(crm=crm)
        outbox.brought(crm=crm)
    assert sorted(crm.heard) == ["n1", "n2"]
    assert outbox.waiting("crm") == []


def test_without_a_receiver_the_record_is_the_notice(outbox: Outbox) -> None:
    outbox.commit(notice("n1"))
    outbox.brought()
    assert outbox.waiting() == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_notice_waits(outbox: Outbox, status: int) -> None:
    outbox.commit(notice("n1"))
    with desk() as elsewhere, desk(lambda *_: (status, {"Location": elsewhere.url})) as crm:
        delivery = outbox.brought(crm=crm)
    assert elsewhere.methods == []
    assert set(crm.methods) == {"POST"}
    assert outbox.waiting("crm") == ["o-n1"]
    assert f"answered {status}, a redirect" in delivery.lanes[0].failure


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 503])
def test_an_answer_about_the_receiver_loses_no_notice(outbox: Outbox, status: int) -> None:
    outbox.commit(notice("n1"))
    with desk(lambda *_: status) as crm:
        outbox.brought(crm=crm)
    assert outbox.waiting("crm") == ["o-n1"]
    assert letters(outbox) == []


@pytest.mark.parametrize("status", [400, 410, 413, 422])
def test_an_answer_about_the_notice_is_a_letter_and_holds_up_nothing(outbox: Outbox, status: int) -> None:
    outbox.commit(notice("n1"), notice("n2", at=1))
    with desk(lambda sent, _: status if sent["notification_id"] == "n1" else 200) as crm:
        outbox.brought(crm=crm)
    assert crm.heard == ["n1", "n2"]
    assert [(each.operator, each.place, each.reason) for each in letters(outbox)] == [
        ("notify", "crm", f"the receiver answered {status}")
    ]


def test_a_refused_notice_that_is_put_back_goes_to_that_receiver_alone(outbox: Outbox) -> None:
    outbox.commit(notice("n1"))
    with desk(lambda _, times: 200 if times else 422) as crm, desk() as sms:
        outbox.brought(crm=crm, sms=sms)
        with outbox.opened("crm", "sms") as outgoing:
            outgoing.requeue(outgoing.replayable_letters(Choice("notify"), "", 10))
            assert outgoing.replayable_letters(Choice("notify"), "", 10) == []
        outbox.brought(crm=crm, sms=sms)
    assert (crm.heard, sms.heard) == (["n1", "n1"], ["n1"])


def test_later_notices_of_a_ticket_wait_for_its_first_and_those_of_others_do_not(outbox: Outbox) -> None:
    outbox.commit(notice("opened"), notice("closed", at=60), notice("other", "t-2"))
    with desk(lambda sent, _: 500 if sent["ticket_id"] == "t-1" else 200) as crm:
        outbox.brought(crm=crm)
        assert set(crm.heard) == {"opened", "other"}
        crm.reply = lambda *_: 200
        outbox.brought(crm=crm)
    assert [name for name in crm.heard if name != "other"][-2:] == ["opened", "closed"]
    assert outbox.waiting("crm") == []


def test_a_receiver_that_is_down_keeps_nothing_from_the_others(outbox: Outbox) -> None:
    outbox.commit(*(notice(f"n{number}", f"t-{number}") for number in range(20)))
    with socket.socket() as taken, desk() as sms:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        down = Desk(url=f"http://127.0.0.1:{taken.getsockname()[1]}/")
        delivery = outbox.brought(crm=down, sms=sms)
    assert len(sms.heard) == 20
    assert len(outbox.waiting("crm", "sms")) == 20
    assert delivery.lanes[0].circuit.open
    assert not delivery.lanes[1].circuit.open


def test_what_one_receiver_had_before_a_crash_is_not_sent_to_it_again(outbox: Outbox) -> None:
    outbox.commit(notice("n1"))
    with desk() as crm, desk(lambda _, times: 200 if times else 503) as sms:
        outbox.brought(crm=crm, sms=sms)
        outbox.brought(crm=crm, sms=sms)
    assert (crm.heard, sms.heard) == (["n1"], ["n1", "n1"])
    assert outbox.waiting("crm", "sms") == []


def test_a_receiver_that_was_taken_out_of_the_settings_keeps_nothing_in_the_outbox(outbox: Outbox) -> None:
    outbox.commit(notice("n1"))
    with desk() as crm, desk(lambda *_: 503) as sms:
        outbox.brought(crm=crm, sms=sms)
    outbox.brought(crm=crm)
    with outbox.opened("crm", "fax") as outgoing:
        assert outgoing.waiting("fax", 10) == []


def test_a_receiver_that_answers_no_header_in_time_is_left_alone(outbox: Outbox) -> None:
    outbox.commit(notice("n1"))
    free = threading.Event()

    def hang(*_: object) -> int:
        free.wait(30)
        return 200

    with desk(hang) as crm:
        impatient = crm.settings.model_copy(update={"timeout_seconds": 0.1})
        with outbox.opened("crm") as outgoing:
            delivery = Delivery({"assurance": outgoing}, {"crm": impatient})
            delivery.drain()
        free.set()
    assert delivery.lanes[0].failure == "the receiver did not answer within 0.1 s"
    assert outbox.waiting("crm") == ["o-n1"]


def test_bytes_that_are_no_notice_are_a_letter(outbox: Outbox) -> None:
    broken = notice("n1")
    outbox.commit(type(broken)("o-x", "notify", "notification", b"\xc1", "p", 1), notice("n2"))
    with desk() as crm:
        outbox.brought(crm=crm)
    assert crm.heard == ["n2"]
    assert [each.operator for each in letters(outbox)] == ["notify"]
    assert outbox.waiting("crm") == []


def test_it_runs_until_told_and_takes_what_comes_meanwhile(outbox: Outbox) -> None:
    heard, stop = threading.Event(), threading.Event()

    def reply(*_: object) -> int:
        heard.set()
        return 200

    with desk(reply) as crm, outbox.opened("crm") as outgoing:
        delivery = Delivery({"assurance": outgoing}, {"crm": crm.settings})
        running = threading.Thread(target=delivery.run, args=(stop,))
        running.start()
        outbox.commit(notice("n1"))
        assert heard.wait(30)
        stop.set()
        running.join(30)
        assert not running.is_alive()
    assert outbox.waiting("crm") == []
