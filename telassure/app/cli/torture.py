"""`telassure torture`: hours of an installation's life, simulated with everything going wrong that may."""

import secrets
import time
from typing import Annotated, Final

import typer

from telassure.app.cli.output import notes, reasons, show
from telassure.app.cli.settings import AsJson

_SEEDS: Final = 1_000_000_000
_MOST: Final = 1 << 30


def torture(
    seed: Annotated[int | None, typer.Option(min=0, help="Which world; without it one that nobody has seen.")] = None,
    hours: Annotated[float, typer.Option(min=0.05, help="How many simulated hours things go wrong.")] = 1.0,
    troubles: Annotated[int, typer.Option(min=0, help="At most so many faults: to find the one that matters.")] = _MOST,
    seconds: Annotated[float, typer.Option(min=0, help="Go on with the seeds that follow for so long.")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Hosts, gateway and delivery in a simulated world of faults, by seed.

    It ends at the first seed with a violation, with exit 1; the same seed finds it again.

    Example: telassure torture --seed 7 --json
    """
    with reasons():
        from telassure.evaluation.torture import run

        number, began, ran = secrets.randbelow(_SEEDS) if seed is None else seed, time.monotonic(), 1
        report = run.torture(number, hours, troubles)
        while not report.violations and time.monotonic() - began < seconds:
            report, ran = run.torture(number + ran, hours, troubles), ran + 1
    show({**report.as_json(), "seeds": ran}, as_json)
    if report.violations:
        again = f"telassure torture --seed {report.seed} --hours {hours:g}"
        again += "" if troubles == _MOST else f" --troubles {troubles}"
        notes.print(f"this finds it again: {again}", style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1)
