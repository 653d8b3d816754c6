"""`evaluate anomalies --simulated`: KPI episodes against the simulator's ground truth, by kind of fault.

A fault is found when an episode opens on a series that it changes or silences, from its start to one granularity period
after its end. An episode that opens on no such series and time is false.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from telassure.evaluation.anomalies.detectors import policies_of
from telassure.evaluation.anomalies.openings import SIMPLE, Openings
from telassure.evaluation.anomalies.score import rounded
from telassure.evaluation.anomalies.simulated_week import HISTORY_DAYS, Week, run_week
from telassure.kernel.instant import DAY, MINUTE, SECOND
from telassure.simulator.config import FaultKind

Say = Callable[[str], None]


@dataclass(slots=True)
class Tally:
    """Of one kind of fault, over all seeds. `true`: episodes on its series while it lasts; `false`: episodes of no
    fault on measurements that this kind changes."""

    faults: int = 0
    delays: list[float] = field(default_factory=list)  # seconds, one per fault found
    series: int = 0
    series_found: int = 0
    true: int = 0
    false: int = 0

    def figures(self) -> dict[str, object]:
        """Ratios of nothing are None: a kind that changes no KPI cannot be found by one."""
        told = self.true + self.false
        visible = self.series > 0
        return {
            "faults": self.faults,
            "found": len(self.delays),
            "recall": round(len(self.delays) / self.faults, 4) if visible and self.faults else None,
            "precision": round(self.true / told, 4) if told else None,
            "delay_p50_s": rounded(float(np.median(self.delays)), 0) if self.delays else None,
            "delay_p90_s": rounded(float(np.percentile(self.delays, 90)), 0) if self.delays else None,
            "series": self.series,
            "series_recall": round(self.series_found / self.series, 4) if visible else None,
        }


@dataclass(slots=True)
class Contender:
    """One way to raise alarms, over all seeds."""

    kinds: dict[FaultKind, Tally] = field(default_factory=lambda: {kind: Tally() for kind in FaultKind})
    true: int = 0
    false: int = 0

    def add(self, week: Week, openings: Openings) -> None:
        """Attribute one week's openings."""
        explained = np.zeros(len(openings.time), np.bool_)
        touched: dict[FaultKind, set[str]] = {kind: set() for kind in FaultKind}
        for fault, series in week.traces:
            tally = self.kinds[fault.kind]
            during = (openings.time > fault.start) & (openings.time <= fault.end + week.granularity)
            own = during & np.isin(openings.series, series)
            explained |= own
            touched[fault.kind] |= {week.names[number][1] for number in series}
            tally.faults += 1
            tally.series += len(series)
            tally.series_found += len(np.unique(openings.series[own]))
            tally.true += int(own.sum())
            if own.any():
                tally.delays.append((int(openings.time[own].min()) - fault.start) / SECOND)
        self.true += int(explained.sum())
        self.false += int((~explained).sum())
        for number in openings.series[~explained]:
            for kind, measurements in touched.items():
                self.kinds[kind].false += week.names[number][1] in measurements

    def figures(self, series_days: float) -> dict[str, object]:
        """By kind and together; precision together counts every episode once."""
        visible = [tally for tally in self.kinds.values() if tally.series]
        delays = [delay for tally in visible for delay in tally.delays]
        faults, told = sum(tally.faults for tally in visible), self.true + self.false
        return {
            "kinds": {str(kind): tally.figures() for kind, tally in self.kinds.items()},
            "recall": round(len(delays) / faults, 4) if faults else None,
            "precision": round(self.true / told, 4) if told else None,
            "delay_p50_s": rounded(float(np.median(delays)), 0) if delays else None,
            "episodes": told,
            "false_episodes": self.false,
            "false_episodes_per_series_day": rounded(self.false / series_days, 5),
        }


def evaluate_simulated(seeds: Sequence[int], days: int, profile: str, say: Say, **sizes: Any) -> Mapping[str, Any]:
    """The keys of `evaluate anomalies --simulated`. `sizes` are fields of DemoConfig, for a smaller network."""
    start, product, points, series_days = perf_counter(), Contender(), 0, 0.0
    others = {name: Contender() for name in SIMPLE}
    series, policies = 0, policies_of(profile)
    for seed in seeds:
        say(f"seed {seed}: {HISTORY_DAYS} days of history, then {days} with faults")
        week = run_week(seed, days, policies, **sizes)
        product.add(week, week.openings)
        for name, raised in SIMPLE.items():
            others[name].add(week, raised(week.time, week.value, week.history))
        series, points = len(week.names), points + week.points
        series_days += len(week.names) * (len(week.time) - week.history) * week.granularity / DAY
    return {
        "profile": profile,
        "seeds": list(seeds),
        "days": days,
        "history_days": HISTORY_DAYS,
        "granularity_minutes": week.granularity / MINUTE,
        "series": series,
        "points": points,
        **product.figures(series_days),
        "baselines": {name: outcome.figures(series_days) for name, outcome in others.items()},
        "seconds": round(perf_counter() - start, 1),
    }
