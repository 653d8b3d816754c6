"""`telassure ingest …`: mappings, tried on samples before anything is connected."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from telassure import wiring
from telassure.app.cli.output import complain, print_lines, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured

ingest_app = typer.Typer(help="Mappings of what others send.", no_args_is_help=True)


@ingest_app.callback()
def ingest() -> None:
    """Mappings of what others send.

    Example: telassure ingest test alertmanager sample.json
    """


@ingest_app.command("test")
def try_mapping(
    mapping: Annotated[str, typer.Argument(help="A mapping by its name, or a .toml file.")],
    sample: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON, JSON lines, or CSV.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """What a mapping makes of a sample; nothing is taken in. Ends with 1 where any of it is refused.

    It names every row, what is refused and why, what is left out, and what the mapping leaves unread.

    Example: telassure ingest test alertmanager sample.json --json
    """
    with reasons():
        from ingestion.mappings.shelf import mapping_named
        from ingestion.mappings.trial import TrialTerms, tried

        settings = configured(config)
        stated = mapping_named(settings.home, mapping)
        terms = TrialTerms(wiring.zone(settings), wiring.WallClock().now(), wiring.known_pseudonymiser(settings))
        found = tried(stated, sample.read_bytes(), terms)
        refused = [{"place": each.place, "reason": each.reason} for each in found.refused]
        if as_json:
            told = {"ok": not refused, "mapping": stated.name, "kind": stated.kind, "rows": list(found.rows)}
            told |= {"refused": refused, "left_out": dict(found.left_out), "unread": list(found.unread)}
            show({**told, "counters": dict(stated.counters)}, as_json)
        else:
            left_out = "; ".join(f"{reason}: {count:,}" for reason, count in found.left_out.items())
            for row in found.rows:
                typer.echo(orjson.dumps(row).decode())
            show({"rows": len(found.rows), "left_out": left_out or "none", "unread": ", ".join(found.unread)}, as_json)
            for each in refused:
                complain(f"{each['place']}: {each['reason']}")
        if refused:
            raise typer.Exit(1)


@ingest_app.command("mappings")
def mappings(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Every mapping that can be named: those that are shipped, and those of the home.

    Example: telassure ingest mappings --json
    """
    with reasons():
        from ingestion.mappings.shelf import mappings_of

        found = mappings_of(configured(config).home).values()
        lines = [{"mapping": each.name, "kind": each.kind, "text": each.text} for each in found]
        if as_json:
            show({"mappings": lines}, as_json)
            return
        print_lines(("mapping", "kind", "text"), lines)
