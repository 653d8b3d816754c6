"""A machine's clock: it may jump and stand still, and what runs on the machine believes it as processes do."""

from dataclasses import dataclass, field

from telassure.evaluation.torture.timeline import Timeline
from telassure.kernel.holdover import Holdover
from telassure.kernel.instant import SECOND, Duration, Instant


@dataclass(slots=True)
class Machine:
    """`wall` is what its clock shows."""

    timeline: Timeline
    _ahead: Duration = 0
    _stopped: Instant | None = None

    def wall(self) -> Instant:
        return self.timeline.now + self._ahead if self._stopped is None else self._stopped

    def jump(self, by: Duration, seconds: float) -> None:
        """The clock is wrong by this, until somebody sets it right."""
        self._ahead = by
        self.timeline.after(seconds, self._set_right)

    def stop(self, seconds: float) -> None:
        """The clock stands still for so long."""
        self._stopped = self.wall()
        self.timeline.after(seconds, self._set_right)

    def _set_right(self) -> None:
        self._ahead, self._stopped = 0, None


@dataclass(slots=True)
class BelievedClock:
    """The clock port of one life on a machine."""

    machine: Machine
    _held: Holdover = field(init=False)

    def __post_init__(self) -> None:
        self._held = Holdover(self.machine.wall, lambda: self.machine.timeline.ran)

    def now(self) -> Instant:
        return self._held.now()

    def doubted(self) -> bool:
        """The machine's clock has jumped and is not believed."""
        return self._held.jump != 0

    def elapsed(self) -> float:
        """Seconds that only grow."""
        return self.machine.timeline.ran / SECOND
