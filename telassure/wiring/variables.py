"""The variables TELASSURE_… of the environment: settings, what is declared as something else, and no others."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from pydantic import BaseModel

from telassure.kernel.errors import ConfigurationError

PREFIX: Final = "TELASSURE_"
ELSEWHERE: Final = ("SHARED", "INFLUXD", "KAFKA_JARS", "LINTERS", "ONE_PYTHON")
"""What tests, benchmarks and .ci/run read under our prefix, besides what begins as one of ELSEWHERE_BEGUN."""
ELSEWHERE_BEGUN: Final = ("REQUIRE_", "PROOF_")
_DELIMITER: Final = "__"
_NEAR: Final = 0.6
# Kubernetes and Docker tell each container of the services beside it: TELASSURE_API_PORT and more of one telassure-api.
_SERVICE: Final = re.compile(r"[A-Z0-9_]*_?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP)(_[A-Z]+)?)")


def refuse_unknown(environment: Mapping[str, str], settings: type[BaseModel]) -> None:
    """ConfigurationError for a variable of ours that no setting reads: what it says would count for nothing, without a
    word. An empty one counts as unset."""
    for name, value in sorted(environment.items()):
        inner = name.upper().removeprefix(PREFIX)
        if not value or not name.upper().startswith(PREFIX) or _elsewhere(inner, value) or _known(inner, settings):
            continue
        near = get_close_matches(inner, list(_names(settings)), 1, _NEAR)
        mend = f"did you mean {PREFIX}{near[0]}?" if near else "unset it;"
        raise ConfigurationError(f"{name}: there is no such setting; {mend} docs/settings.md lists them")


def _elsewhere(inner: str, value: str) -> bool:
    if inner in ELSEWHERE or inner.startswith(ELSEWHERE_BEGUN):
        return True
    of_service = bool(_SERVICE.fullmatch(inner)) or (inner.endswith("PORT") and "://" in value)
    return of_service and _DELIMITER not in inner


def _known(inner: str, settings: type[BaseModel]) -> bool:
    section, _, rest = inner.lower().partition(_DELIMITER)
    field = settings.model_fields.get(section)
    if field is None or not rest:
        return field is not None
    model = _section(field.annotation)
    if model is None:
        return getattr(field.annotation, "__origin__", None) is dict
    return rest.partition(_DELIMITER)[0] in model.model_fields


def _names(settings: type[BaseModel]) -> Iterator[str]:
    for name, field in settings.model_fields.items():
        model = _section(field.annotation)
        yield name.upper()
        for inner in model.model_fields if model is not None else ():
            yield f"{name}{_DELIMITER}{inner}".upper()


def _section(annotation: object) -> type[BaseModel] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
