"""`telassure bench …`: the figures of this machine, printed by the same code that serves."""

from typing import Annotated

import typer

from telassure.app.cli.output import notes, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.evaluation.embedded import Amounts, measure

bench_app = typer.Typer(no_args_is_help=True)


@bench_app.callback()
def bench() -> None:
    """Figures of this machine.

    Example: telassure bench embedded --json
    """


@bench_app.command("detect")
def detect(
    series: Annotated[int, typer.Option(min=1, help="How many series are scored in lock step.")] = 100_000,
    rounds: Annotated[int, typer.Option(min=1, help="Every figure is the median of so many.")] = 5,
    as_json: AsJson = False,
) -> None:
    """The scoring core alone on one core, with its policies, beside river's detectors.

    Example: telassure bench detect --json
    """
    with reasons():
        from telassure.evaluation import detect as scoring

        show(scoring.measure(series, rounds), as_json)


@bench_app.command("correlate")
def correlate(
    scale: Annotated[float, typer.Option(min=0.01, help="More or less of everything.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Correlation: the operator alone on one core, end to end and durable, and how late it is during a flood.

    Example: telassure bench correlate --json
    """
    with reasons():
        from telassure.evaluation import correlate as correlation

        show(correlation.measure(scale, lambda text: notes.print(text, highlight=False)), as_json)


@bench_app.command("kafka")
def kafka(
    scale: Annotated[float, typer.Option(min=0.01, help="More or less of everything.")] = 1.0,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Telemetry and usage over the brokers and the database of the settings, in topics and a database of its own.

    Example: telassure bench kafka --json
    """
    with reasons():
        from telassure.evaluation import kafka as over_kafka

        settings, amounts = configured(config), over_kafka.ClusterAmounts().scaled(scale)
        show(over_kafka.measure(settings, amounts, lambda text: notes.print(text, highlight=False)), as_json)


@bench_app.command("embedded")
def embedded(
    scale: Annotated[float, typer.Option(min=0.01, help="More or less of everything.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Telemetry, usage and alarms end to end: appended here, applied by a worker process, durable.

    Example: telassure bench embedded --json
    """
    with reasons():
        show(measure(Amounts().scaled(scale), lambda text: notes.print(text, highlight=False)), as_json)
