"""What operators may say of a KPI episode: that it was a true or a false alarm, and that they take that back."""

from typing import TYPE_CHECKING, Final

from telassure.kernel.commands import EPISODE, Argument, Command
from telassure.kernel.events import Act
from telassure.kernel.rights import JUDGE

if TYPE_CHECKING:  # what detection is made of is imported where it runs
    from streams.operators.detection.verdicts import EpisodeThresholds

_SCOPE: Final = Argument(
    "scope", "Of the series alone, or of its measurement in the whole domain.", ("series", "measurement"), "series"
)


def _judge(thresholds: "EpisodeThresholds", act: Act) -> str:
    return thresholds.judge(act, act.argument("verdict"))


def _take_back(thresholds: "EpisodeThresholds", act: Act) -> str:
    return thresholds.take_back(act)


VERDICT: Final = Command(
    "verdict",
    EPISODE,
    "Say what an episode was worth: a false positive makes its threshold 10 % wider, a true one 5 % narrower.",
    _judge,
    (Argument("verdict", "What it was.", ("true_positive", "false_positive")), _SCOPE),
    needs_why=True,
    right=JUDGE,
    example='ID --verdict false_positive --why "planned works"',
)
UNDO: Final = Command(
    "unverdict",
    EPISODE,
    "Take the verdict on an episode back: its threshold is what the other verdicts say.",
    _take_back,
    (_SCOPE,),
    needs_why=True,
    right=JUDGE,
    example='ID --why "it was a fault after all"',
)
