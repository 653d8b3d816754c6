"""`telassure run`, and the processes it is made of: `worker`, `api`, `dashboards`, `demo`."""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ingestion.sources.http.source import HTTP
from streams.hosts.single_owner import single_owner
from telassure import wiring
from telassure.access.listening import judge_listening
from telassure.app.cli.input_sources import ended, with_own_process
from telassure.app.cli.output import notes, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.app.cli.supervise import Child, Supervisor, free_of
from telassure.kernel.errors import TransientError
from telassure.kernel.instant import MINUTE, SECOND, iso
from telassure.observe.heartbeats import Heart, Restarts, forget_dead, ill, newest, remarks, restarts
from telassure.simulator.client import FeedTokens
from telassure.simulator.commands import request_fault
from telassure.simulator.config import DemoConfig
from telassure.simulator.demo import DemoProgress, run_demo
from telassure.wiring.settings import Settings

_ANSWER_SECONDS = 10.0


def run(
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Add the demo operator.")] = False,
    config: ConfigFile = None,
) -> None:
    """Worker, API and dashboards on this machine.

    Example: telassure run --demo
    """
    with reasons():
        settings = configured(config)
        endpoint = settings.of(HTTP)
        home = wiring.home(settings)
        owned = ExitStack()
        owned.enter_context(single_owner(home.locks / "run.lock"))
        for section, place in (("api", endpoint), ("dashboards", settings.dashboards)):
            judge_listening(section, place)
            free_of(place.port, place.host)
        home.secret("api_token")
        forget_dead(settings.home)
        named = ["--config", str(config)] if config else []
        children = [_worker(settings, name, place, named) for place, name in enumerate(wiring.TOPOLOGIES)]
        children.append(_delivery(settings, named))
        children += [Child("api", ["api", *named]), Child("dashboards", ["dashboards", *named])]
        children += [Child(f"source {name}", ["source", name, *named]) for name in with_own_process(settings)]
        if demo:
            children.append(Child("demo", ["demo", "run", *named]))
        _say_who_may(settings)
        notes.print(f"ingestion: {endpoint.url}/v1/ingest/", highlight=False)
        notes.print(f"API token: {home.root / 'secrets' / 'api_token'}   Ctrl-C ends everything", highlight=False)
        heart = Heart(settings.home, "supervisor", "supervisor")
        with owned:
            _supervised(children, settings, heart, _demo_bounds(settings) if demo else {}).run()
        heart.stop()


def _say_who_may(settings: Settings) -> None:
    """Where the page is, who may read and act there, and how that is changed."""
    place = settings.dashboards
    if not place.near:
        open_to = "nobody without login"
    elif place.open:
        open_to = "anybody on this machine may read; close it by TELASSURE_DASHBOARDS__OPEN=false"
    else:
        open_to = "nobody without login, though only this machine reaches it"
    notes.print(f"Telassure: {wiring.page_address(settings)}   ({open_to})", highlight=False, soft_wrap=True)
    link = wiring.page_address(settings, wiring.accounts(settings).first_link())
    notes.print(f"to act, log in as admin, once and within an hour: {link}", highlight=False, soft_wrap=True)


def _demo_bounds(settings: Settings) -> dict[str, str]:
    """A demo may run for ever: nothing that its home keeps may grow for as long."""
    days = settings.retention.bounded(settings.demo.keep_days)
    notes.print(f"with the demo this home keeps nothing for longer than {days} days (demo.keep_days)", highlight=False)
    return {"TELASSURE_RETENTION__MOST_DAYS": str(days)}


def _supervised(children: list[Child], settings: Settings, heart: Heart, bounds: dict[str, str]) -> Supervisor:
    """Each child knows by which name its process beats; restarts are kept where the page finds them."""
    hearts = {"api": "api", "dashboards": "dashboards", "delivery": "delivery"}
    hearts |= {f"worker {name}": f"worker-{name}" for name in wiring.TOPOLOGIES}
    for child in children:
        child.heart = hearts.get(child.name, "")
    home = settings.home
    return Supervisor(children, bounds, beat_of=partial(newest, home), restarted=Restarts(home).note, beat=heart.beat)


def worker(
    topology: Annotated[list[str] | None, typer.Option(help="Only this topology; may be repeated.")] = None,
    config: ConfigFile = None,
) -> None:
    """The partitions of all topologies, or of those named, until ended; over Kafka those that it assigns.

    Example: telassure worker --topology charging
    """
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        names = [each.name for each in wiring.topologies(topology or [])]
        if not settings.distributed:
            with wiring.traced_process(settings, "worker"), wiring.worker(settings, names, live=True) as host:
                host.run(ended())
        elif len(names) == 1:
            from telassure.wiring.kafka_worker import run_assigned  # Faust takes a second to import

            run_assigned(settings, names[0])
        else:
            named = ["--config", str(config)] if config else []
            Supervisor([_worker(settings, name, place, named) for place, name in enumerate(names)]).run()


def _worker(settings: Settings, name: str, place: int, named: list[str]) -> Child:
    """One process per topology; where probes are asked for, each on a port of its own, from worker.port up."""
    port = str(settings.worker.port + place) if settings.worker.port else "0"
    return Child(f"worker {name}", ["worker", "--topology", name, *named], {"TELASSURE_WORKER__PORT": port})


def _delivery(settings: Settings, named: list[str]) -> Child:
    """Notices leave by a process of their own; its probes have the port after those of the workers."""
    port = str(settings.worker.port + len(wiring.TOPOLOGIES)) if settings.worker.port else "0"
    return Child("delivery", ["deliver", *named], {"TELASSURE_WORKER__PORT": port})


def deliver(config: ConfigFile = None) -> None:
    """Take notices to their receivers, until ended. One process delivers; over PostgreSQL further ones stand by.

    Example: telassure deliver
    """
    with reasons():
        settings, stop, gone = configured(config), ended(), []

        def lost(reason: str) -> None:
            gone.append(reason)
            stop.set()

        wiring.home(settings)
        with wiring.traced_process(settings, "delivery"):
            wiring.deliver(settings, stop, lost)
        if gone:
            raise TransientError(gone[0])


def dashboards(config: ConfigFile = None) -> None:
    """The live page.

    Example: TELASSURE_DASHBOARDS__PORT=8050 telassure dashboards
    """
    with reasons():
        from dashboards.app import serve as serve_page  # Dash takes a second to import; only this process needs it
        from dashboards.shell.reading import PagePorts, Processes

        settings = configured(config)
        wiring.home(settings)
        place = settings.dashboards
        store = wiring.metric_store(settings, read_only=True)
        found = wiring.sparing_reader(settings)
        desk = wiring.page_commands(settings, found)
        heart = Heart(settings.home, "dashboards", "page")
        feeds = {name: each.state for name, each in settings.sources.items() if each.state}
        root = settings.home
        troubled = partial(_troubles, root, found.damages)
        ours = Processes(troubled, partial(restarts, root), heart.beat, partial(_said, settings))
        carried = wiring.transport(settings)
        inventory = partial(wiring.catalogue_now, settings)
        ports = PagePorts(found, store, wiring.WallClock(), desk, ours, feeds, carried, inventory)
        serve_page(place, ports, wiring.page_admission(settings))
        heart.stop()


def _said(settings: Settings) -> Sequence[str]:
    """What there is to say beside the state of the system: of our clock, and of feeds whose clock is fast."""
    return [*remarks(settings.home), *wiring.fast_feeds(settings)]


demo_app = typer.Typer(
    help="The demo operator.\n\nExample: telassure demo fault fibre_cut", no_args_is_help=True, rich_markup_mode=None
)


@demo_app.command("run")
def demo_run(config: ConfigFile = None) -> None:
    """Send history, then live events, to the ingestion endpoint, until ended.

    Example: telassure demo run
    """
    with reasons():
        settings = configured(config)
        home = wiring.home(settings)
        tokens = FeedTokens(home.secret("api_token"), home.secret("recording_token"))
        endpoint, stop = settings.of(HTTP), ended()
        with _HistoryBar() as bar:
            run_demo(_demo(settings), endpoint.url, tokens, settings.home, bar.update, stop)


@demo_app.command("fault")
def demo_fault(
    kind: Annotated[str, typer.Argument(help="fibre_cut, site_power_loss, sleeping_cell, congested_core …")],
    target: Annotated[str | None, typer.Option(help="The element; chosen by chance where none is named.")] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Ask the running demo operator for a fault.

    Example: telassure demo fault fibre_cut
    """
    with reasons():
        request = request_fault(configured(config).home, kind, target)
        pause, waited = threading.Event(), 0.0
        while (answer := request.answer()) is None:
            if waited > _ANSWER_SECONDS:
                request.withdraw()
                raise TransientError("no demo operator answers on this home; start one with: telassure run --demo")
            pause.wait(0.2)
            waited += 0.2
        request.withdraw()
        if "error" in answer:
            raise TransientError(str(answer["error"]))
        show(answer if as_json else _told(answer), as_json)


def _told(fault: dict[str, object]) -> dict[str, object]:
    """A fault as a person reads it: when it starts, and how long it lasts."""
    start, end = (int(str(fault[name])) for name in ("start", "end"))
    return {
        "kind": fault["kind"],
        "target": fault["target"],
        "starts": iso(start - start % SECOND),
        "lasts": f"{round((end - start) / MINUTE)} min",
        "fault_id": fault["fault_id"],
    }


def _demo(settings: Settings) -> DemoConfig:
    """One customer in fifty is a firm; a core link carries a dozen leased lines, so that a cut costs what cuts cost.
    Bills are issued all day long and switches count every five minutes, so that what leaks shows within minutes."""
    firms = settings.demo.customers // 50
    return DemoConfig(
        seed=settings.demo.seed,
        consumers=settings.demo.customers - firms,
        enterprises=firms,
        lines_per_link=12,
        history_days=settings.demo.history_days,
        usage_days=3,
        first_cycle_hour=0,
        cycle_hours=24,
        count_period=5 * MINUTE,
    )


class _HistoryBar:
    """The progress of the demo's history on the terminal; one line where standard error is no terminal."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
        self._bar = Progress(*columns, TimeElapsedColumn(), console=notes, transient=False)
        self._task = self._bar.add_task("two weeks of history", total=None)
        self._live = False

    def __enter__(self) -> "_HistoryBar":
        self._bar.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._bar.stop()

    def update(self, progress: DemoProgress) -> None:
        if progress.phase == "history":
            self._bar.update(self._task, completed=progress.done, total=progress.total)
        elif progress.phase == "live" and not self._live:
            self._live = True
            self._bar.stop()
            sent = progress.sent
            notes.print(f"history is in ({sent.rows:,} rows); the demo operator is live", highlight=False)


def _troubles(home: Path, damages: Callable[[], Sequence[str]]) -> Sequence[str]:
    """What is wrong with processes of ours, and with databases that the page reads."""
    return [*ill(home), *damages()]
