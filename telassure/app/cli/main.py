"""The `telassure` command: its contract is shared/CLI.md, its groups are the modules beside this one."""

import os
from typing import Annotated

import typer

from telassure import __version__
from telassure.app.cli import (
    access,
    act,
    audit,
    backups,
    controls,
    difference,
    doctor,
    evaluate,
    feeds,
    input_sources,
    ledger,
    letters,
    log,
    mappings,
    measure,
    models,
    policies,
    privacy,
    recordings,
    rules,
    serve,
    space,
    tariffs,
    topics,
    torture,
)

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"telassure {__version__}")
        raise typer.Exit


@app.callback()
def telassure(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which release this is, and end.")
    ] = False,
) -> None:
    """Service assurance and revenue assurance on live streams.

    Example: telassure run --demo
    """
    os.umask(0o077)  # whatever is written is its owner's


app.command()(serve.run)
app.command()(serve.worker)
app.command()(serve.deliver)
app.command()(input_sources.api)
app.command()(input_sources.source)
app.command()(input_sources.sources)
app.command()(feeds.feeds)
app.command()(serve.dashboards)
app.command()(recordings.replay)
app.command()(recordings.simulate)
app.command()(recordings.load)
app.command()(recordings.samples)
app.command()(doctor.doctor)
app.command()(backups.backup)
app.command()(backups.restore)
app.command()(torture.torture)
app.command()(space.shrink)
app.command()(difference.diff)
app.add_typer(serve.demo_app, name="demo")
app.add_typer(space.archive_app, name="archive")
app.add_typer(measure.bench_app, name="bench")
app.add_typer(access.access_app, name="access")
app.add_typer(act.act_app(), name="act")
app.add_typer(audit.audit_app, name="audit")
app.add_typer(mappings.ingest_app, name="ingest")
app.add_typer(letters.letters_app, name="letters")
app.add_typer(log.log_app, name="log")
app.add_typer(ledger.ledger_app, name="ledger")
app.add_typer(topics.topics_app, name="topics")
app.add_typer(models.models_app, name="models")
app.add_typer(rules.rules_app, name="rules")
app.add_typer(policies.policies_app, name="policies")
app.add_typer(privacy.privacy_app, name="privacy")
app.add_typer(tariffs.tariffs_app, name="tariffs")
app.add_typer(controls.controls_app, name="controls")
app.add_typer(evaluate.evaluate_app, name="evaluate")

if __name__ == "__main__":
    app()
