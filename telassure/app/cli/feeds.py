"""`telassure feeds`: who speaks to this installation, since when they are silent, and how far their clocks are off."""

from collections.abc import Mapping, Sequence

from telassure import wiring
from telassure.app.cli.output import print_lines, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.feeds import RECORDED
from telassure.kernel.instant import SECOND, iso
from telassure.wiring.settings import FeedSettings, Settings

_COLUMNS = ("feed", "state", "newest", "silent_seconds", "ahead_seconds", "clock_offset")


def feeds(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Every feed: expected, seen or retired, its newest row, how long it has been silent, how far its clock is ahead of
    ours, its offset; and how many records wait to be applied, by topology. One that no setting names is "seen".

    Example: telassure feeds --json
    """
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        lines = _lines(settings)
        with wiring.opened_log(settings) as log:
            waiting = wiring.depths(settings, log)
        if as_json:
            show({"feeds": lines, "lag_records": dict(waiting)}, as_json)
            return
        print_lines(_COLUMNS, [{name: _text(line[name]) for name in _COLUMNS} for line in lines])
        print_lines(("topology", "lag_records"), [{"topology": name, "lag_records": n} for name, n in waiting.items()])


def _lines(settings: Settings) -> Sequence[Mapping[str, object]]:
    """By name; also those of which nothing is applied yet, and those that the settings name and nobody has heard."""
    found, now, ahead = wiring.reader(settings), wiring.WallClock().now(), wiring.feed_skews(settings)
    try:
        newest = {name: at for name, at in found.feeds().items() if name}
    finally:
        found.close()
    several = []
    for name in sorted({*newest, *ahead, *settings.sources}):
        said, at = settings.sources.get(name, FeedSettings()), newest.get(name)
        live = at is not None and not name.startswith(RECORDED)
        several.append(
            {
                "feed": name,
                "state": "recording" if name.startswith(RECORDED) else said.state or "seen",
                "newest": None if at is None else iso(at),
                "silent_seconds": max(0, (now - at) // SECOND) if live and at is not None else None,
                "ahead_seconds": ahead[name] / SECOND if name in ahead else None,
                "clock_offset": said.clock_offset,
            }
        )
    return several


def _text(value: object) -> str:
    return "-" if value is None else str(value)
