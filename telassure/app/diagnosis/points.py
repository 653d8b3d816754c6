"""Checks of InfluxDB: address, token, bucket, how long it keeps points, its clock, and whose offsets it remembers."""

from collections.abc import Mapping

from telassure.app.diagnosis.check import Check, Finding, fine, wrong
from telassure.app.diagnosis.clocks import compared
from telassure.kernel.instant import SECOND, Instant
from telassure.kernel.ports import Clock
from telassure.wiring import places
from telassure.wiring.settings import Settings

_DAY_SECONDS = 86_400
_FIRST = ("influxdb",)


def checks(settings: Settings, clock: Clock) -> list[Check]:
    """None where the points lie in the home."""
    if not settings.influx.url:
        return []
    advice = f"start InfluxDB at {settings.influx.url}, or mend TELASSURE_INFLUX__URL (http or https, host, port)"
    return [
        Check("influxdb", lambda: bucket_sound(settings), advice),
        Check("influxdb clock", lambda: compared("InfluxDB", lambda: _clock(settings), clock, SECOND), advice, _FIRST),
    ]


def _state(settings: Settings) -> tuple[str, Instant | None, int]:
    from telassure.store.metrics_influx.server import InfluxServer

    server = InfluxServer(places.influx_connection(settings))
    try:
        state = server.state()
        return state.version, state.clock, state.retention_seconds
    finally:
        server.close()


def _clock(settings: Settings) -> Instant | None:
    return _state(settings)[1]


def bucket_sound(settings: Settings) -> Finding:
    """The bucket is there for this token and keeps points as long as the settings say."""
    version, _, kept = _state(settings)
    bucket, days = settings.influx.bucket, settings.retention.metrics_days
    if 0 < kept < days * _DAY_SECONDS:
        return wrong(
            f"bucket {bucket} forgets after {kept / _DAY_SECONDS:.1f} days, the settings say {days}",
            f"run: influx bucket list --name {bucket}, then: influx bucket update --retention {days}d --id ID",
        )
    return fine(
        f"InfluxDB {version}, bucket {bucket} keeps points {f'{kept // _DAY_SECONDS} days' if kept else 'for ever'}"
    )


def offsets_ours(applied: Mapping[str, int], ends: Mapping[str, int], where: str) -> Finding:
    """No writer's mark is beyond the end of its input: else points of a new installation would be taken for repeats."""
    beyond = sorted(name for name, offset in applied.items() if offset > ends.get(name, offset))
    if beyond:
        return wrong(
            f"{where} remembers offsets of {', '.join(beyond)} beyond the log's end: an earlier installation's",
            "set TELASSURE_INFLUX__BUCKET to a new bucket, or restore the log that belongs to this one",
        )
    return fine("every writer's mark is within the log")
