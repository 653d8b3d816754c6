"""The kill proof: whatever is killed whenever, the end is that of a run which nothing disturbed, in every digest."""

import json
import os
import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from telassure.kernel.kept import kept_types
from tests.system.installation import Installation, until
from tests.system.progress import Work, ticks, work
from tests.system.recordings import Mixed, mixed, with_corpora

Install = Callable[..., Installation]
# What a kill may hit is decided by the work done so far and a moment by chance, so that a slow machine is no excuse.
LONGEST_MOMENT = 0.12
PATIENCE = 120.0


@dataclass
class Assassin:
    """Kills at seeded shares of the work, each time a process that has worked, and remembers what each left undone.

    `sees` is what of the work is the victim's own: a life counts as begun when that has moved.
    """

    whole: Work
    kills: int
    seed: int
    left: list[int] = field(default_factory=list)
    at_work: int = 0

    def shares(self) -> list[float]:
        """One share by chance out of each of as many equal parts of the work."""
        chance = random.Random(self.seed)
        return [0.95 * (place + chance.random()) / self.kills for place in range(self.kills)]

    def strike(self, home: Path, share: float, victim: subprocess.Popen[bytes], sees: Callable[[Work], object]) -> None:
        """Kill -9 the victim when the work has come this far and it has done some of it, or there is none left."""
        begun = sees(work(home))

        def reached() -> bool:
            now = work(home)
            moved = sees(now) != begun or now == self.whole
            return victim.poll() is not None or (moved and now.share_of(self.whole) >= share)

        until(reached, PATIENCE, f"a victim at {share:.0%} of the work")
        time.sleep(random.Random(f"{self.seed}:{share}").uniform(0, LONGEST_MOMENT))
        assert victim.poll() is None, f"it ended by itself with {victim.returncode} before {share:.0%} of the work"
        victim.kill()
        victim.wait()
        found = work(home)
        self.left.append(found.waiting)
        self.at_work += sees(found) != begun and (found.waiting > 0 or found.share_of(self.whole) < 1)


def kill_the_worker(system: Installation, recordings: Mixed, assassin: Assassin) -> None:
    """A worker applies what a replay sends; the worker dies again and again, the replay waits for its successor."""
    worker = system.start("worker")
    until(lambda: ticks(system.home), 60, "a first tick of the worker")
    replay = system.start("replay", *recordings.options, "--json")
    for share in assassin.shares():
        assassin.strike(system.home, share, worker, sees=lambda now: now.applied)
        worker = system.start("worker")
    assert replay.wait(PATIENCE) == 0, system.said("replay")[-2000:]


def kill_the_replay(system: Installation, recordings: Mixed, assassin: Assassin) -> None:
    """The replay, which owns the partitions, dies again and again, and is started anew until it ends by itself."""
    replay = system.start("replay", *recordings.options, "--json")
    for share in assassin.shares():
        assassin.strike(system.home, share, replay, sees=lambda now: now)
        replay = system.start("replay", *recordings.options, "--json")
    assert replay.wait(PATIENCE) == 0, system.said("replay")[-2000:]


VICTIMS = pytest.mark.parametrize(
    ("assassinate", "seed"), [(kill_the_worker, 3), (kill_the_replay, 4)], ids=["worker", "replay"]
)


# The recordings are of several years: nothing of the older ones is to go before both are compared.
KEPT = json.dumps({kept.table: 0 for kept in kept_types().values() if kept.removable})
WHOLE = {"RETENTION__LOG_RECORDS": 1_000_000, "RETENTION__RECORDS_DAYS": KEPT}


def prove(install: Install, recordings: Mixed, assassinate: Callable[..., None], seed: int, kills: int) -> None:
    began = time.monotonic()
    calm = install("calm", **WHOLE, TURN_RECORDS=500)
    assert calm.run("replay", *recordings.options, "--json").code == 0
    stormy = install("stormy", **WHOLE, TURN_RECORDS=500)
    assassin = Assassin(work(calm.home), kills, seed)

    assassinate(stormy, recordings, assassin)
    stormy.end()

    assert stormy.standing() == calm.standing()
    assert assassin.at_work > 0.8 * kills, f"{assassin.at_work} of {kills} at work; rows left: {assassin.left}"
    seconds = time.monotonic() - began
    print(f"{kills} kills in {seconds:.0f} s, {assassin.at_work} at work; rows left waiting: {assassin.left}")


@VICTIMS
def test_killed_at_random_points_it_ends_as_if_nothing_had_happened(
    install: Install, tmp_path: Path, assassinate: Callable[..., None], seed: int
) -> None:
    recordings = mixed(tmp_path / "recordings", days=1)
    prove(install, recordings, assassinate, seed, kills=3)


@pytest.mark.heavy
@VICTIMS
def test_killed_at_random_points_of_the_real_recordings_it_ends_as_if_nothing_had_happened(
    install: Install, tmp_path: Path, corpora: Path, assassinate: Callable[..., None], seed: int
) -> None:
    recordings = with_corpora(mixed(tmp_path / "recordings", days=3), corpora)
    prove(install, recordings, assassinate, seed, kills=int(os.environ.get("TELASSURE_PROOF_KILLS", "10")))
