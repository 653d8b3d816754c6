"""Assurance: alarms, operators' actions and KPI episodes of a domain become problems, tickets and notices."""

from collections.abc import Sequence
from typing import Final

from models.correlation import CALIBRATION, CauseCalibration
from streams.catalogue import Catalogue
from streams.operators.alarms.alarm_list import AlarmList
from streams.operators.commands import owner_of
from streams.operators.correlation.correlate import Correlate
from streams.operators.desk.act_book import ActBook
from streams.operators.desk.notice import Notice
from streams.operators.desk.notice_rest import NoticeRest
from streams.operators.desk.ticketing import Ticketing
from streams.topology import AnyOperator, Source, Topology
from telassure.kernel.commands import CAUSE_RULE, PROBLEM
from telassure.kernel.events import Act, AlarmAction, AlarmNotification, KpiEpisode, Notification
from telassure.kernel.instant import DAY, HOUR, Duration

NEVER_LATE: Final[Duration] = 36_500 * DAY  # an object of any age may be acted on


def by_domain(event: AlarmNotification | AlarmAction | KpiEpisode) -> tuple[tuple[str, ...], None]:
    """The partition key of a single assurance event."""
    return (event.domain,), None


def operators(catalogue: Catalogue, calibration: CauseCalibration = CALIBRATION) -> Sequence[AnyOperator]:
    """Assurance, with what first causes claim by this calibration."""
    listed = (AlarmList(catalogue), Correlate(catalogue, calibration))
    told = (Notice(catalogue), NoticeRest(catalogue))
    return (*listed, Ticketing(catalogue), *told, ActBook("streams.operators", (PROBLEM, CAUSE_RULE)))


ASSURANCE: Final = Topology(
    name="assurance",
    sources=(
        Source(AlarmNotification, by_domain, lateness=HOUR, late="apply"),
        Source(AlarmAction, by_domain, lateness=HOUR, late="apply"),
        Source(Act, owner_of, lateness=NEVER_LATE),
        Source(KpiEpisode, by_domain, lateness=HOUR, late="apply"),
    ),
    operators=operators,
    notices=(Notification,),
)
