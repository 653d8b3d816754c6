"""`telassure audit …`: what was done, by whom, and the proof that it is what was written."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from telassure import wiring
from telassure.access.trail import AuditTrail
from telassure.app.cli.output import complain, print_lines, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import in_utc
from telassure.store.sql.audit_rows import AuditHead

audit_app = typer.Typer(help="What was done, by whom, and the proof of it.", no_args_is_help=True)


@audit_app.command("verify")
def verify(
    kept: Annotated[Path | None, typer.Option("--head", help="A head that `audit head --json` printed before.")] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Compute the whole trail anew. Exit 0 where every entry is what was written and none is missing, 1 where not.

    Example: telassure audit verify --json
    """
    with reasons():
        found = _trail(config).prove(None if kept is None else _read(kept))
        show({"entries": found.entries, "ok": found.ok, "first_bad": found.first_bad}, as_json)
        if not found.ok:
            complain(found.reason)
            raise typer.Exit(1)


@audit_app.command("head")
def head(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """How far the trail goes, signed: keep it elsewhere, and `audit verify --head` finds what was cut off since.

    Example: telassure audit head --json
    """
    with reasons():
        found = _trail(config).head()
        if found is None:
            raise InvalidInput("nothing was written yet")
        show({"entries": found.number, "chain": found.chain.hex(), "signature": found.signature.hex()}, as_json)


@audit_app.command("list")
def list_entries(
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """What was done, the newest first.

    Example: telassure audit list --limit 20
    """
    with reasons():
        found = _trail(config).newest(limit)
        lines: list[dict[str, Any]] = [
            {**asdict(each), "at": in_utc(each.at), "chain": each.chain.hex()} for each in found
        ]
        if as_json:
            show({"entries": lines}, as_json)
            return
        print_lines(("number", "at", "actor", "deed", "subject", "outcome"), lines)


def _trail(config: Path | None) -> AuditTrail:
    settings = configured(config)
    wiring.home(settings)
    return wiring.audit_trail(settings)


def _read(kept: Path) -> AuditHead:
    try:
        found = orjson.loads(kept.read_bytes())
        return AuditHead(int(found["entries"]), bytes.fromhex(found["chain"]), bytes.fromhex(found["signature"]))
    except (OSError, ValueError, KeyError, TypeError) as unreadable:
        raise InvalidInput(f"is no head that `telassure audit head --json` printed ({unreadable})", str(kept)) from None
