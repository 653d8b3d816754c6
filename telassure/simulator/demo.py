"""The demo run: the catalogue, two weeks of history at full speed, then live, resumable, with faults on demand."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from time import time_ns
from typing import Final

from telassure.kernel.feeds import RECORDED
from telassure.kernel.instant import DAY, Instant, day_of
from telassure.kernel.ports import Clock
from telassure.simulator.alarms import ALARM_FEED
from telassure.simulator.client import FeedTokens, IngestClient, Lanes, Sent, Stopped
from telassure.simulator.commands import serve_requests
from telassure.simulator.config import DemoConfig, Emission, FaultKind, JsonObject
from telassure.simulator.operator import DemoOperator
from telassure.simulator.truth import GroundTruth, RunState, load_state, simulator_folder

CATALOGUE_FEED: Final = "demo-inventory"
# History is a recording: no tick may push its clocks. What it leaves open goes on, so its alarms age as live ones.
# A fault's alarms come at once, its KPIs up to a granularity period later: they must still meet.
POLICIES: Final = (
    {"area": "alarm_list", "name": "age_out_seconds", "value": "86400", "selector": RECORDED + ALARM_FEED},
    {"area": "correlation", "name": "window_seconds", "value": "1200", "selector": ""},
    # Its bills are whole when they come, and its switches count every five minutes: what leaks shows within minutes.
    {"area": "leakage", "name": "bill_settle_minutes", "value": "1", "selector": ""},
    {"area": "leakage", "name": "count_period_minutes", "value": "5", "selector": ""},
    {"area": "leakage", "name": "count_delay_hours", "value": "0.05", "selector": ""},
)
STEP_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class DemoProgress:
    """Where the demo stands. `done` and `total` count microseconds of history; `phase`: catalogue, history, live."""

    phase: str
    done: int
    total: int
    sent: Sent


Progress = Callable[[DemoProgress], None]


class _SystemClock:
    def now(self) -> Instant:
        return time_ns() // 1_000


class DemoRun:
    """Drives one demo operator against one ingestion endpoint until told to stop."""

    def __init__(self, config: DemoConfig, lanes: Lanes, home: Path, progress: Progress, clock: Clock) -> None:
        self._operator = DemoOperator(config)
        self._config = config
        self._lanes = lanes
        self._home = home
        self._folder = simulator_folder(home)
        self._truth = GroundTruth(self._folder / "ground_truth.jsonl")
        self._progress = progress
        self._clock = clock
        self._state = self._resumed()

    def catalogue(self, client: IngestClient) -> None:
        """Send inventory, customers and tariffs first: measurements find their domain by them."""
        self._report("catalogue", 0, 0)
        body = self._operator.catalogue() | {"policies": list(POLICIES)}
        client.post("catalogue", CATALOGUE_FEED, body)

    def history(self, stop: Event) -> None:
        """Send what is missing up to now as recordings, at first from `history_days` before the last midnight.

        Progress is saved once a day of history, when all of it is acknowledged: what a resumed run sends again has the
        same bytes, so that it is known as a duplicate.
        """
        start = here = self._state.through
        end = self._last_period()
        while here < end and not stop.is_set():
            there = min(end, here - here % self._config.chunk + self._config.chunk)
            emissions = self._operator.history(here, there)
            self._send((e._replace(feed=RECORDED + e.feed) for e in emissions), here, there)
            here, end = there, self._last_period()
            self._lanes.drain()  # so that alarms and KPIs of different times do not overtake each other
            self._report("history", here - start, end - start)
            if here % DAY == 0 or here >= end:
                self._save(here)

    def live(self, stop: Event) -> None:
        """Step with the clock, once a second, until told to stop."""
        now = self._clock.now()
        self._operator.go_live(now)
        while True:
            serve_requests(self._home, self._inject)
            since, now = self._operator.through, self._clock.now()
            self._send(self._operator.live(now), since, now)
            self._lanes.drain()
            self._save(now)
            self._report("live", now - self._state.begin, now - self._state.begin)
            if stop.wait(STEP_S):
                return

    def _resumed(self) -> RunState:
        """The saved state with its open faults, or a new one."""
        now = self._last_period()
        begin = day_of(now) - self._config.history_days * DAY
        state = load_state(self._folder, self._config.seed)
        if state is None:
            state = RunState(self._config.seed, begin, now, begin)
        self._operator.open(state.begin, state.history_end)
        for fault in state.faults:
            self._operator.add(fault)
        # after a longer absence the demo has a gap, as a real operator's feeds would
        through = max(state.through, begin)
        self._operator.through = through
        return replace(state, through=through)

    def _last_period(self) -> Instant:
        now = self._clock.now()
        return now - now % self._config.history_granularity

    def _send(self, emissions: Iterable[Emission], start: Instant, end: Instant) -> None:
        for emission in emissions:
            self._lanes.put(emission)
        self._truth.append(self._operator.truths(start, end))

    def _save(self, through: Instant) -> None:
        faults = [f for f in self._operator.plan.faults if f.origin in ("live", "injected") and f.start < through]
        self._state = replace(self._state, through=through, faults=faults)
        self._state.save(self._folder)

    def _inject(self, kind: FaultKind, target: str | None) -> JsonObject:
        fault = self._operator.inject(kind, self._clock.now(), target)
        return {
            "fault_id": fault.fault_id,
            "kind": str(fault.kind),
            "target": fault.target,
            "start": fault.start,
            "end": fault.end,
        }

    def _report(self, phase: str, done: int, total: int) -> None:
        self._progress(DemoProgress(phase, done, total, self._lanes.sent))


def run_demo(config: DemoConfig, url: str, tokens: FeedTokens, home: Path, progress: Progress, stop: Event) -> None:
    """Run the demo operator against the ingestion endpoint at `url` until `stop` is set.

    Blocks; call it in a thread or process of its own. Raises what the endpoint refused for good (such as HTTP 401).
    """
    lanes = Lanes(url, tokens, stop)
    client = IngestClient(url, tokens, stop)
    try:
        run = DemoRun(config, lanes, home, progress, _SystemClock())
        run.catalogue(client)
        run.history(stop)
        if not stop.is_set():
            run.live(stop)
    except Stopped:
        return
    finally:
        client.close()
        lanes.close()
