"""A small labelled alarm scenario on disk: sites whose power fails, and an alarm that belongs to nothing."""

import json
from pathlib import Path
from typing import Any

from telassure.kernel.instant import SECOND, parse_instant

START = parse_instant("2026-03-02T10:00:00Z")
SITES = 3


def write_scenario(folder: Path, start: int = START) -> Path:
    """Two power failures half an hour apart at two of three sites, each with what depends on it, and a lone fan."""
    folder.mkdir(parents=True)
    resources = [row for site in range(SITES) for row in _site(site)]
    (folder / "catalogue.json").write_text(json.dumps({"resources": resources}))
    alarms = [*_failure(0, start), *_failure(1, start + 1_800 * SECOND), _raised("fan", "enb-2", "fanFailure", start)]
    (folder / "alarms.jsonl").write_text("".join(json.dumps(alarm) + "\n" for alarm in alarms))
    labels = {alarm["notification_id"]: alarm["notification_id"].partition("/")[0] for alarm in alarms}
    labels["fan"] = None
    incidents = [{"id": f"cut-{site}", "kind": "mains_failure", "root": [f"pwr-{site}"]} for site in (0, 1)]
    (folder / "incidents.json").write_text(json.dumps({"incidents": incidents, "alarms": labels}))
    return folder


def _site(site: int) -> list[dict[str, Any]]:
    cells = [_resource(f"enb-{site}-c{cell}", "cell", f"enb-{site}") for cell in (1, 2, 3)]
    return [_resource(f"pwr-{site}", "power"), _resource(f"enb-{site}", "enodeb", f"pwr-{site}"), *cells]


def _resource(name: str, kind: str, *supports: str) -> dict[str, Any]:
    return {"resource_id": name, "kind": kind, "domain": "network", "depends_on": list(supports)}


def _failure(site: int, at: int) -> list[dict[str, Any]]:
    names = [f"pwr-{site}", f"enb-{site}", *(f"enb-{site}-c{cell}" for cell in (1, 2, 3))]
    causes = ["commercialPowerFailure", "powerSupplyFailure", *["unavailable"] * 3]
    told = zip(names, causes, strict=True)
    return [_raised(f"cut-{site}/{name}", name, cause, at + n * SECOND) for n, (name, cause) in enumerate(told)]


def _raised(name: str, managed_object: str, cause: str, at: int) -> dict[str, Any]:
    return {
        "notification_id": name,
        "managed_object": managed_object,
        "event_type": "equipmentAlarm",
        "probable_cause": cause,
        "specific_problem": cause,
        "perceived_severity": "critical",
        "time": at,
    }
