"""A random seeded night of three domains: what is in the network, and what it says."""

from random import Random

from telassure.kernel.events import (
    Account,
    AlarmNotification,
    CatalogueChange,
    Customer,
    EndOfFeed,
    KpiEpisode,
    PerceivedSeverity,
    PolicyValue,
    Product,
    Resource,
    Service,
    Tick,
)
from telassure.kernel.instant import HOUR, SECOND
from telassure.kernel.money import Money

START = 1_700_000_000 * SECOND
DOMAINS = ("east", "west", "north")
FAULTS = ("core", "power-0", "power-1", "router-2", "router-3", "chain-2")
CAUSES = ("", "lossOfSignal", "powerProblem", "fiberCut")
RAISES = list(PerceivedSeverity)[1:]


def tree(domain):
    """A core, four sites of power, router and cells, the routers in a ring; and a chain of neighbours."""

    def named(name, *above, near=()):
        places = tuple(f"{domain}/{other}" for other in above), tuple(f"{domain}/{other}" for other in near)
        return Resource(f"{domain}/{name}", name.partition("-")[0], name, domain, *places)

    yield named("core")
    for site in range(4):
        yield named(f"power-{site}")
        yield named(f"router-{site}", f"power-{site}", "core", near=(f"router-{(site + 1) % 4}",))
        yield from (named(f"cell-{site}-{cell}", f"router-{site}") for cell in range(6))
        yield Service(
            f"{domain}-{site}", "vpn", f"a-{site}", "", (f"{domain}/cell-{site}-0", f"{domain}/cell-{site}-1")
        )
    yield from (named(f"chain-{i}", near=[f"chain-{j}" for j in (i - 1, i + 1) if 0 <= j < 6]) for i in range(6))


def network():
    entries = [entry for domain in DOMAINS for entry in tree(domain)]
    entries += [Product("gold", "", Money.of("73", "EUR"), "flat"), Product("usd", "", Money.of("10", "USD"), "flat")]
    for site in range(4):
        product = "gold" if site else "usd"
        entries += [
            Customer(f"c-{site}", "", ""),
            Account(f"a-{site}", f"c-{site}", product, "postpaid", Money.zero("EUR")),
        ]
    holds = (
        ("reopen_seconds", "600", "east"),
        ("clear_hold_seconds", "20", "north"),
        ("release_seconds", "90", "west"),
    )
    return [*entries, *(PolicyValue("correlation", *hold) for hold in holds)]


class Night:
    """Faults with what hangs below them, stray alarms some of them late, clears, episodes, ticks, changes, repeats."""

    def __init__(self, seed, count):
        self.random, self.now, self.number = Random(seed), START, 0
        self.events, self.open, self.episodes = [], [], []
        resources = [entry for entry in network() if isinstance(entry, Resource)]
        self.names = {domain: [r.resource_id for r in resources if r.domain == domain] for domain in DOMAINS}
        while len(self.events) < count:
            self.step(self.random.choice(DOMAINS), self.random.random())
        self.events += [EndOfFeed("replay:log", HOUR), Tick(self.now + 2 * HOUR)]

    def step(self, domain, roll):
        random = self.random
        self.now += int(random.expovariate(1 / 4)) * SECOND
        if roll < 0.12:
            self.fault(domain, random.choice(FAULTS))
        elif roll < 0.55:
            name = random.choice([*self.names[domain], f"{domain}/unknown"])
            ends = random.choice([None, None, self.now + 200 * SECOND])
            self.raise_(domain, name, self.now - random.choice((0, 0, 0, 40, 400)) * SECOND, ends)
        elif roll < 0.85 and self.open:
            was = self.open.pop(random.randrange(len(self.open)))
            named = was.managed_object, was.probable_cause
            self.say(was.domain, was.feed, named, PerceivedSeverity.CLEARED, self.now)
        elif roll < 0.93:
            name = random.choice(self.names[domain])
            self.episodes.append((f"{name}@{self.now}", domain, name, self.now))
            self.episode(*self.episodes[-1], "open", None)
        elif self.episodes:
            self.episode(*self.episodes.pop(0), "closed", self.now)
        if random.random() < 0.05:
            self.events.append(Tick(self.now))
        if random.random() < 0.004:
            new = Resource(f"{domain}/new-{self.number}", "cell", "", domain, (f"{domain}/router-1",))
            self.events.append(CatalogueChange((new,)))
        if random.random() < 0.02:
            self.events.append(random.choice(self.events[-30:]))

    def fault(self, domain, root):
        site = root.partition("-")[2]
        below = [n for n in self.names[domain] if root == "core" or n.endswith(root) or f"-{site}-" in f"{n}-"]
        for name in self.random.sample(below, min(len(below), self.random.randint(2, 9))):
            self.raise_(domain, name, self.now + self.random.randint(0, 25) * SECOND, None)

    def raise_(self, domain, name, at, ends):
        feed, cause = self.random.choice(("ems", "ems", "replay:log")), self.random.choice(CAUSES)
        self.say(domain, feed, (name, cause), self.random.choice(RAISES), at, ends)
        self.open.append(self.events[-1])

    def say(self, domain, feed, named, severity, at, ends=None):
        self.number += 1
        name, cause = named
        what = (name, "equipmentAlarm", cause, "", severity, at, ends)
        self.events.append(AlarmNotification(f"n{self.number}", domain, feed, *what))

    def episode(self, name, domain, managed_object, since, state, ended):
        rest = (4, since, ended or since, ended, 3.0, 9.0, 1.0, "high")
        self.events.append(KpiEpisode(name, domain, "pm", managed_object, "latency", state, *rest))
