"""`telassure audit …`: what was done, by whom, and the proof that it is what was written."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from telassure import wiring
from telassure.access.trail import ACCESS, DatabaseTrail, TrailProof
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
    """Compute the trails of all databases anew. Exit 0 where all is as it was written and nothing is missing.

    Example: telassure audit verify --json
    """
    with reasons():
        earlier = {} if kept is None else _read(kept)
        trails = _trails(config)
        if unknown := set(earlier) - {each.database for each in trails}:
            raise InvalidInput(f"has the head of {sorted(unknown)[0]!r}, which this installation has not", str(kept))
        proofs = {each.database: each.prove(earlier.get(each.database)) for each in trails}
        bad = [(name, proof) for name, proof in proofs.items() if not proof.ok]
        show(
            {
                "entries": sum(proof.entries for proof in proofs.values()),
                "ok": not bad,
                "first_bad": bad[0][1].first_bad if bad else None,
                "database": bad[0][0] if bad else None,
                "chains": {name: _told(proof) for name, proof in proofs.items()},
            },
            as_json,
        )
        for name, proof in bad:
            complain(f"{name}: {proof.reason}")
        if bad:
            raise typer.Exit(1)


@audit_app.command("head")
def head(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """How far the trails go, signed: keep it elsewhere, and `audit verify --head` finds what was cut off since.

    Example: telassure audit head --json
    """
    with reasons():
        heads = {each.database: found for each in _trails(config) if (found := each.head()) is not None}
        if not heads:
            raise InvalidInput("nothing was written yet")
        show({"heads": {name: _signed(each) for name, each in heads.items()}}, as_json)


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
        found = sorted(
            ((each, trail.database) for trail in _trails(config) for each in trail.newest(limit)),
            key=lambda pair: (pair[0].at, pair[0].number),
            reverse=True,
        )
        lines: list[dict[str, Any]] = [
            {**asdict(each), "at": in_utc(each.at), "chain": each.chain.hex(), "database": name}
            for each, name in found[:limit]
        ]
        if as_json:
            show({"entries": lines}, as_json)
            return
        print_lines(("database", "number", "at", "actor", "deed", "subject", "outcome"), lines)


def _trails(config: Path | None) -> Sequence[DatabaseTrail]:
    settings = configured(config)
    wiring.home(settings)
    return wiring.audit_trails(settings)


def _told(proof: TrailProof) -> dict[str, object]:
    return {"entries": proof.entries, "ok": proof.ok, "first_bad": proof.first_bad}


def _signed(found: AuditHead) -> dict[str, object]:
    return {"entries": found.number, "chain": found.chain.hex(), "signature": found.signature.hex()}


def _read(kept: Path) -> dict[str, AuditHead]:
    """The heads that were kept, by database; a release before this one kept that of access alone."""
    try:
        found = orjson.loads(kept.read_bytes())
        return {
            name: AuditHead(int(each["entries"]), bytes.fromhex(each["chain"]), bytes.fromhex(each["signature"]))
            for name, each in found.get("heads", {ACCESS: found}).items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as unreadable:
        raise InvalidInput(f"is no head that `telassure audit head --json` printed ({unreadable})", str(kept)) from None
