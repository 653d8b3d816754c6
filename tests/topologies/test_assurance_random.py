"""The root cause of random faults in random trees, with alarms lost, delayed and repeated."""

from random import Random

from streams.topologies.assurance import ASSURANCE
from telassure.kernel.events import AlarmNotification, PerceivedSeverity, PolicyValue, Resource, TroubleTicket
from telassure.kernel.instant import MINUTE, SECOND, parse_instant
from tests.driver import Driver

START = parse_instant("2024-03-04T10:00:00")
LOSS, REPEAT, FAULTS = 0.10, 0.15, 60


def tree(random):
    """A core, 4 to 8 hubs, 3 to 5 sites a hub, 3 to 8 cells a site; each depends on the one above."""
    parent = {"core": ""}
    for hub in range(random.randint(4, 8)):
        parent[f"hub-{hub}"] = "core"
        for site in range(random.randint(3, 5)):
            parent[f"site-{hub}-{site}"] = f"hub-{hub}"
            for cell in range(random.randint(3, 8)):
                parent[f"cell-{hub}-{site}-{cell}"] = f"site-{hub}-{site}"
    return parent


def beneath(parent, root):
    """The element and everything that depends on it."""
    found = [root]
    for name in found:
        found.extend(child for child, above in parent.items() if above == name)
    return found


def alarms(random, failed):
    """One alarm an element in dependency order: lost, delayed up to 10 s, perhaps sent twice; in order of arrival."""
    arrivals = []
    for depth, name in enumerate(failed):
        if random.random() < LOSS:
            continue
        raised = START + int((min(depth, 4) + random.random()) * SECOND)
        alarm = AlarmNotification(
            name, "tree", "ems", name, "equipmentAlarm", "unavailable", "", PerceivedSeverity.MAJOR, raised
        )
        arrivals.append((raised + random.random() * 10 * SECOND, name, alarm))
        if random.random() < REPEAT:
            arrivals.append((raised + random.random() * 15 * SECOND, name, alarm))
    return [alarm for _, _, alarm in sorted(arrivals, key=lambda a: a[:2])]


def found_causes(seed):
    """The failed element and the root causes of the tickets."""
    random = Random(seed)
    parent = tree(random)
    root = random.choice(sorted(parent))
    events = alarms(random, beneath(parent, root))
    entries = [Resource(n, "node", n, "tree", (above,) if above else ()) for n, above in parent.items()]
    entries.append(PolicyValue("ticketing", "alone_seconds", "0"))
    driver = Driver(ASSURANCE, catalogue=entries).pipe(*events).advance(START + 3 * MINUTE)
    causes = [t.root_cause for t in driver.records(TroubleTicket) if t.state != "cancelled"]
    return root, causes, bool(events)


def test_nine_of_ten_random_faults_are_one_ticket_with_the_right_cause():
    verdicts = [(causes == [root], root, causes) for root, causes, heard in map(found_causes, range(FAULTS)) if heard]

    wrong = [verdict for verdict in verdicts if not verdict[0]]
    assert len(wrong) <= 0.1 * len(verdicts), wrong
