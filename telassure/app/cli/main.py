"""The `telassure` command: its contract is shared/CLI.md, its groups are the modules beside this one."""

import typer

from telassure.app.cli import doctor, evaluate, letters, measure, models, serve, topics
from telassure.app.cli import recordings as recorded

app = typer.Typer(
    help="Service assurance and revenue assurance on live streams.\n\nExample: telassure run --demo",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)
app.command()(serve.run)
app.command()(serve.worker)
app.command()(serve.api)
app.command()(serve.dashboards)
app.command()(recorded.replay)
app.command()(recorded.simulate)
app.command()(recorded.load)
app.command()(doctor.doctor)
app.add_typer(serve.demo_app, name="demo")
app.add_typer(measure.bench_app, name="bench")
app.add_typer(letters.letters_app, name="letters")
app.add_typer(topics.topics_app, name="topics")
app.add_typer(models.models_app, name="models")
app.add_typer(evaluate.evaluate_app, name="evaluate")

if __name__ == "__main__":
    app()
