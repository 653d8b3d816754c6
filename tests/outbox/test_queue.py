"""The laws of the queue of one receiver and of its circuit: order within a ticket, patience, and a way back."""

from hypothesis import given
from hypothesis import strategies as st

from bss_sync.outbox.circuit import FAILURES, LONGEST_PAUSE, Circuit
from bss_sync.outbox.queue import TRIALS, NoticeQueue, QueuedNotice
from telassure.kernel.events import Notification
from tests.outbox.receivers import START, notice


def queued(number: int, ticket: int, at: int) -> QueuedNotice:
    row = notice(f"n{number}", f"t-{ticket}", at)
    return QueuedNotice("assurance", row, Notification(f"n{number}", f"t-{ticket}", "c", "s", "b", START + at))


TICKETS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=30)


@given(TICKETS, st.randoms(use_true_random=False))
def test_no_notice_leaves_before_an_earlier_one_of_its_ticket(tickets, chance) -> None:
    clocks: dict[int, int] = {}
    several = []
    for number, (ticket, step) in enumerate(tickets):
        clocks[ticket] = clocks.get(ticket, 0) + step
        several.append(queued(number, ticket, clocks[ticket]))
    queue, left, under_way, now = NoticeQueue(), [], [], 0.0
    queue.add(several)
    queue.add(several)
    while len(queue):
        now += 100.0
        under_way += queue.ready(now, 3)
        each = under_way.pop(chance.randrange(len(under_way)))
        if chance.random() < 0.3 and not queue.postponed(each, now):
            continue
        queue.done(each)
        left.append(each)
    assert len(left) == len(several)
    for ticket in clocks:
        times = [each.notice.time for each in left if each.notice.ticket_id == f"t-{ticket}"]
        assert times == sorted(times)


def test_a_notice_that_always_fails_while_others_are_taken_is_given_up() -> None:
    queue, now = NoticeQueue(), 0.0
    queue.add([queued(0, 0, 0), *(queued(number, number, 0) for number in range(1, 2 * TRIALS))])
    tried = 0
    while True:
        now += 100.0
        several = queue.ready(now, 2)
        ill = next(each for each in several if each.notice.ticket_id == "t-0")
        for each in several:
            if each is not ill:
                queue.done(each)
        tried += 1
        if queue.postponed(ill, now):
            break
    assert tried == TRIALS


def test_a_notice_that_fails_while_nothing_is_taken_is_never_given_up() -> None:
    queue, now = NoticeQueue(), 0.0
    queue.add([queued(0, 0, 0)])
    for _ in range(10 * TRIALS):
        now += 100.0
        assert not queue.postponed(queue.ready(now, 1)[0], now)


@given(st.lists(st.booleans(), max_size=200))
def test_an_open_circuit_always_admits_one_again_within_the_longest_pause(answers: list[bool]) -> None:
    circuit, now = Circuit(), 0.0
    for answered in answers:
        if circuit.admits(now, 0) == 0:
            assert circuit.open
            now += LONGEST_PAUSE
        assert circuit.admits(now, 0) >= 1
        assert circuit.admits(now, 1) == 0 or not circuit.open
        if answered:
            circuit.answered()
        else:
            circuit.failed(now)
    circuit.answered()
    assert circuit.admits(now, 0) == FAILURES


def test_a_receiver_that_says_how_long_it_wants_to_be_left_alone_is() -> None:
    circuit = Circuit()
    circuit.failed(0.0, asked=30.0)
    assert (circuit.admits(29.0, 0), circuit.admits(30.0, 0)) == (0, 1)
