"""`telassure archive` and `telassure shrink`: ledger lines that have left their tables, and files that are too long."""

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer

from streams.hosts.single_owner import single_owner
from telassure import wiring
from telassure.app.cli.output import complain, print_lines, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import iso
from telassure.store.archive import FOLDER, Archive
from telassure.store.sql.shrink import rewrite
from telassure.wiring.settings import Settings

archive_app = typer.Typer(help="Ledger lines that have left their tables.", no_args_is_help=True)


def _archive(settings: Settings) -> Archive:
    return Archive(settings.retention.archive or settings.home / FOLDER)


@archive_app.command("list")
def list_archive(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """The files of the archive, and whether each is there and whole; ends with 1 where one is not.

    Example: telassure archive list --json
    """
    with reasons():
        kept = _archive(configured(config))
        found = [each for table in kept.tables() for each in kept.files(table)]
        files = [{**asdict(each), "fault": kept.fault(each)} for each in found]
        wrong = [each for each in files if each["fault"]]
        if as_json:
            show({"ok": not wrong, "files": files}, as_json)
        else:
            texts = [{**each, "first": iso(each["first"]), "last": iso(each["last"])} for each in files]
            print_lines(["table", "file", "lines", "first", "last"], texts)
        for each in wrong:
            complain(f"{each['table']}/{each['file']}: {each['fault']}")
        if wrong:
            raise typer.Exit(1)


@archive_app.command("export")
def export_archive(
    table: Annotated[str, typer.Argument(help="Such as charge.")],
    to: Annotated[Path, typer.Argument(metavar="FILE", help="The file of JSON lines to write; it must not be there.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Write every archived line of a table as JSON, each once; times are microseconds since 1970, money is micro-units.

    Example: telassure archive export charge charges.jsonl
    """
    with reasons():
        kept, count = _archive(configured(config)), 0
        if table not in kept.tables():
            known = ", ".join(kept.tables()) or "nothing yet"
            raise InvalidInput(f"the archive has no {table}; it has {known}", str(kept.root))
        try:
            with to.open("xb") as out:
                for line in kept.lines(table):
                    count += out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)) > 0
        except FileExistsError:
            raise InvalidInput("it is there already; name another file", str(to)) from None
        except InvalidInput:
            to.unlink()
            raise
        show({"table": table, "lines": count, "file": str(to)}, as_json)


def shrink(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Write the databases of a home anew, without what they no longer use, so that from here on they give space back
    while they are used. Nothing may run on the home; each file needs twice its length of free disk for that time.

    Example: telassure shrink
    """
    with reasons():
        settings = configured(config)
        if settings.distributed:
            raise InvalidInput("PostgreSQL gives space back by itself (autovacuum)", "telassure shrink")
        home, gone = wiring.home(settings), {}
        with ExitStack() as owned:
            for name in ("run", *wiring.TOPOLOGIES):
                owned.enter_context(single_owner(home.locks / f"{name}.lock"))
            for file in (home.root / "log.db", *(home.root / f"{name}.db" for name in wiring.TOPOLOGIES)):
                gone[file.name] = rewrite(file)
        show({"bytes": sum(gone.values()), "files": gone}, as_json)
