"""The environment of a child process: what ours has, with settings of its own."""

import json
import os
from collections.abc import Iterator

from pydantic import BaseModel, SecretStr

from telassure.wiring.settings import Settings


def environment(settings: Settings) -> dict[str, str]:
    """The environment in which a command has exactly these settings, secrets in clear."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TELASSURE_")}
    return kept | dict(_variables("TELASSURE_", settings))


def _variables(prefix: str, settings: BaseModel) -> Iterator[tuple[str, str]]:
    for name in type(settings).model_fields:
        value, variable = getattr(settings, name), f"{prefix}{name.upper()}"
        if isinstance(value, BaseModel):
            yield from _variables(f"{variable}__", value)
        elif value is not None:
            yield variable, _written(value)


def _written(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return json.dumps(value) if isinstance(value, dict | list) else str(value)
