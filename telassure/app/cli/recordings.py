"""`telassure replay`, `simulate` and `load`: what is recorded goes in by the live path, what is simulated comes out."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from ingestion.batches.batch import Batch, Origin
from ingestion.gateway import Gateway
from ingestion.kinds.catalogue import CATALOGUE
from ingestion.sources.files.bounded import content_hash
from ingestion.sources.files.recognition import DEFAULT_ORIGIN, take_file
from ingestion.sources.files.replay import Recordings, ReplayReport
from ingestion.sources.files.replay import replay as take_in
from ingestion.sources.files.tally import FileTally
from telassure import wiring
from telassure.app.cli.output import notes, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.errors import InvalidInput, OwnedElsewhere
from telassure.kernel.instant import Instant, parse_instant
from telassure.kernel.ports import EventLog
from telassure.simulator.files import simulate as write_files
from telassure.simulator.samples import write_samples
from telassure.wiring.settings import Settings

POLL_SECONDS: Final = 0.2
REFUSED_SHOWN: Final = 20
# X.733 "indeterminate": recordings without severities still make tickets.
TICKET_FROM: Final = "1"
Folders = Annotated[list[Path] | None, typer.Option()]


def replay(  # noqa: PLR0913, PLR0917  # one parameter for each option of the contract
    alarms: Annotated[list[Path] | None, typer.Option(help="Folders with Alarm.csv.")] = None,
    kpis: Annotated[list[Path] | None, typer.Option(help="Folders with data/<group>/<file>.csv.")] = None,
    pm_xml: Annotated[list[Path] | None, typer.Option("--pm-xml", help="Folders of 3GPP PM files.")] = None,
    usage: Annotated[list[Path] | None, typer.Option(help="Usage, bills, counts, catalogue; or a folder.")] = None,
    origin: Annotated[str | None, typer.Option(help="Second 0 of an alarm log, like 2024-01-01T00:00Z.")] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Recorded input through the live path, to its end; a second replay of the same changes nothing.

    Example: telassure replay --alarms ../shared/corpora/alarms/24V_439N_Microwave --json
    """
    with reasons():
        settings = configured(config)
        zone = wiring.zone(settings)
        recordings = Recordings(alarms or (), kpis or (), pm_xml or (), usage or (), _origin(origin, zone), zone)
        if not any((alarms, kpis, pm_xml, usage)):
            raise typer.BadParameter("name what to replay: --alarms, --kpis, --pm-xml or --usage")
        wiring.home(settings)
        start = time.perf_counter()
        with wiring.opened_log(settings) as log, _applied(settings, log) as settle:
            follower = wiring.CatalogueFollower(settings, log)
            gateway = wiring.gateway(settings, log, follower.directory)
            wiring.announce(settings, follower, gateway)
            _admit_tickets(gateway, recordings)
            with _rows_so_far() as progress:
                report = take_in(gateway, recordings, progress, settle)
            settle()
        _tell_refused(report.refused, report.dead_letters)
        show(_result(settings, report, time.perf_counter() - start), as_json)
        if report.nothing_taken:
            notes.print("[red]nothing was taken in: every row was refused[/red]", highlight=False)
            raise typer.Exit(1)


def samples(out: Annotated[Path, typer.Argument(help="The folder to write to.")], as_json: AsJson = False) -> None:
    """Small sample files of every form that is read: what the guides show is done with them.

    Example: telassure samples samples
    """
    with reasons():
        written = write_samples(out, time.time_ns() // 1_000)
        show({"folder": str(out), "files": dict(written)} if as_json else written, as_json)


def simulate(
    out: Annotated[Path, typer.Option(help="The folder to write to.")],
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 7,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days.")] = 14,
    as_json: AsJson = False,
) -> None:
    """The demo operator's events and its ground truth as files.

    Example: telassure simulate --seed 7 --days 2 --out /tmp/demo
    """
    with reasons():
        start = time.perf_counter()
        counts = write_files(seed, days, out)
        faults = counts.pop("faults")
        seconds = round(time.perf_counter() - start, 3)
        show({"events": sum(counts.values()), "faults": faults, "seconds": seconds, **counts}, as_json)


def load(
    files: Annotated[list[Path], typer.Argument(help="Catalogue files: CSV, JSON or TOML.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Network, services, customers, tariffs and policies from files, also while the system runs.

    Example: telassure load inventory.json tariffs.toml
    """
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        total = FileTally()
        with wiring.opened_log(settings) as log:
            gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
            for file in files:
                if not file.is_file():
                    raise InvalidInput("there is no such file", str(file))
                source = f"load:{file.name}:{content_hash(file)}:{file.stat().st_mtime_ns}"
                attempt = f"{time.time_ns():x}"  # stated anew each time the command is typed: the last stated wins
                origin = Origin(
                    "catalogue", source, zone=wiring.zone(settings), actor=f"file {file.name}", attempt=attempt
                )
                total += take_file(gateway, file, file.name, origin)
        _tell_refused((*total.broken, *total.refused), total.dead_letters)
        became = {"new": total.new, "changed": total.changed, "repeats": total.repeats, "refused": total.dead_letters}
        show({"accepted": total.new + total.changed, **became}, as_json)
        if total.dead_letters:
            raise typer.Exit(1)


def _tell_refused(refused: Sequence[tuple[str, str]], dead_letters: int) -> None:
    """What was not taken, with file and line: the first twenty, and how many there are in all."""
    for place, reason in refused[:REFUSED_SHOWN]:
        notes.print(f"[red]{escape(f'{place}: {reason}' if place else reason)}[/red]", highlight=False, soft_wrap=True)
    if dead_letters > REFUSED_SHOWN:
        told = f"{min(len(refused), REFUSED_SHOWN)} of {dead_letters:,} refused; all of them: telassure letters list"
        notes.print(told, highlight=False, soft_wrap=True)


@contextmanager
def _applied(settings: Settings, log: EventLog) -> Iterator[Callable[[], None]]:
    """How to have everything in the log applied: by our own hand, or where a worker runs, by waiting for it. Over Kafka
    the partitions are those workers' to whom it assigns them."""
    if settings.distributed:
        yield lambda: _wait(settings, log)
        return
    try:
        with wiring.worker(settings, [], live=False) as host, wiring.delivery(settings) as delivery:

            def settle() -> None:
                host.drain()
                delivery.drain()

            yield settle
    except OwnedElsewhere:
        yield lambda: _wait(settings, log)


def _wait(settings: Settings, log: EventLog) -> None:
    """Until the running workers have applied the log; hops make it grow, so it must be still twice in a row."""
    pause, still = threading.Event(), 0
    while still < 2:
        still = still + 1 if wiring.applied(settings, log) else 0
        pause.wait(POLL_SECONDS)


def _admit_tickets(gateway: Gateway, recordings: Recordings) -> None:
    for path in (*recordings.alarms, *recordings.kpis, *recordings.pm_xml):
        feed = f"replay:{path.resolve().name}"
        policy = {"area": "ticketing", "name": "minimum_severity", "value": TICKET_FROM, "selector": feed}
        gateway.submit(Batch(CATALOGUE.name, {"policies": [policy]}, "1"), Origin(feed, f"ticket policy:{feed}"))


def _result(settings: Settings, report: ReplayReport, seconds: float) -> Mapping[str, Any]:
    with closing(wiring.reader(settings)) as read:
        counts, counters, endings = read.counts(), read.counters(), read.alarm_totals()
    return {
        "records": report.records,
        "late": counters.get("late", 0),
        "repeated": counters.get("repeated_rows", 0),
        "revised": counters.get("revised_rows", 0),
        "dead_letters": counts["dead_letter"],
        "episodes": counts["kpi_episode"],
        "problems": counts["service_problem"],
        "tickets": counts["trouble_ticket"],
        "seconds": round(seconds, 3),
        "records_per_second": round(report.records / seconds, 1),
        "state_digest": wiring.state_digest(settings),
        "accepted": report.accepted,
        "duplicates": report.duplicates,
        "files": report.files,
        "alarms": counts["alarm"],
        "charges": counts["charge"],
        "leakage": counts["revenue_leakage"],
        "notifications": counts["notification"],
        **endings,
    }


def _origin(text: str | None, zone: tzinfo) -> Instant:
    try:
        return DEFAULT_ORIGIN if text is None else parse_instant(text, zone)
    except ValueError:
        raise typer.BadParameter(f"--origin {text!r} is not a time; write 2024-01-01T00:00:00Z") from None


@contextmanager
def _rows_so_far() -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("taking in"), TextColumn("{task.completed:,} records"), TimeElapsedColumn())
    with Progress(*columns, console=notes, transient=True, disable=not notes.is_terminal) as bar:
        task = bar.add_task("records", total=None)
        yield lambda records: bar.update(task, completed=records)
