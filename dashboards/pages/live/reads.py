"""What the live page reads; what does not depend on a viewer's address is read once for all of them."""

from typing import Final

from dashboards.pages.live.address import Address
from dashboards.pages.live.kpi import KpiQuery
from dashboards.pages.live.queries import closed_tickets, incidents, refusals, selected, severity_counts
from dashboards.pages.live.views import IncidentDetail, Incidents, KpiChart
from dashboards.shell.reading import Read, Refresh
from dashboards.snapshot.reads import FRESH


def _kpis(reading: Refresh) -> KpiQuery:
    return KpiQuery(reading.reader, reading.metrics)


def _incidents(reading: Refresh) -> Incidents:
    page = reading.of(ADDRESS).page
    return reading.of(WORST) if page == 1 else incidents(reading.reader, page)


def _detail(reading: Refresh) -> IncidentDetail | None:
    address = reading.of(ADDRESS)
    if not address.incident and address.page == 1:
        return reading.of(TOP)
    return selected(reading.reader, reading.of(INCIDENTS), address)


def _chart(reading: Refresh) -> KpiChart | None:
    return reading.lasting(_kpis).chart(reading.of(ADDRESS), reading.of(DETAIL))


def _found(reading: Refresh) -> tuple[tuple[str, str], ...]:
    return tuple(reading.lasting(_kpis).search(reading.texts.get("find", "")))


ADDRESS: Final = Read("address", lambda reading: Address.read(reading.query))
TRANSPORT: Final = Read("transport", lambda reading: reading.screen.transport)
SEVERITIES: Final = Read("severities", lambda reading: severity_counts(reading.reader.severity_counts()), FRESH)
WORST: Final = Read("worst incidents", lambda reading: incidents(reading.reader), FRESH)
INCIDENTS: Final = Read("incidents", _incidents)
TOP: Final = Read("top incident", lambda reading: selected(reading.reader, reading.of(WORST), Address()), FRESH)
DETAIL: Final = Read("detail", _detail)
CHART: Final = Read("chart", _chart)
FOUND: Final = Read("found", _found)
LAST_CLOSED: Final = Read("last closed", lambda reading: closed_tickets(reading.reader), FRESH)
CLOSED: Final = Read(
    "closed",
    lambda reading: (
        closed_tickets(reading.reader, many=True) if "closed" in reading.of(ADDRESS).more else reading.of(LAST_CLOSED)
    ),
)
LAST_REFUSED: Final = Read("last refused", lambda reading: refusals(reading.reader), FRESH)
REFUSED: Final = Read(
    "refused",
    lambda reading: (
        refusals(reading.reader, many=True) if "letters" in reading.of(ADDRESS).more else reading.of(LAST_REFUSED)
    ),
)
