"""`telassure evaluate rating`: third-party rating cases against the model that rates the product's usage."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import orjson

from telassure.evaluation.rating.answer import CaseAnswer, answer
from telassure.evaluation.rating.stated_tariff import SUPPLIED
from telassure.kernel.errors import InvalidInput

PROSE: Final = frozenset({"property", "policy"})  # event kinds whose expectation is a sentence; they live as tests
_NOT_COMPARED: Final = frozenset({"mode", "note"})


def evaluate_rating(path: Path) -> dict[str, Any]:
    """How many cases come out as their authors say, and of each that does not what came instead, and why."""
    stated = _read(path)
    tariffs, passed, not_run = stated.get("tariffs") or {}, 0, []
    failures: list[dict[str, Any]] = []
    for case in stated["cases"]:
        if case["event"].get("kind") in PROSE:
            not_run.append(case["id"])
            continue
        found = _answered(case, tariffs)
        wrong = {name for name, value in _expected(case).items() if not _same(found.values.get(name), value)}
        if not wrong:
            passed += 1
            continue
        got = {name: _written(found.values.get(name)) for name in sorted({*_expected(case), *_error(found)})}
        failures.append({"id": case["id"], "expected": case["expect"], "got": got, "trace": list(found.trace)})
    supplied = sorted(
        name for name in SUPPLIED if name not in tariffs and name in orjson.dumps(stated["cases"]).decode()
    )
    return {
        "passed": passed,
        "failed": len(failures),
        "not_run": len(not_run),
        "failures": failures,
        "not_run_ids": not_run,
        "supplied_tariffs": supplied,
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        stated = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise InvalidInput(f"it is no JSON file of rating cases ({error})", str(path)) from error
    if not isinstance(stated, dict) or not isinstance(stated.get("cases"), list):
        raise InvalidInput('it has no list of cases; write {"tariffs": {…}, "cases": […]}', str(path))
    return stated


def _answered(case: Mapping[str, Any], tariffs: Mapping[str, Mapping[str, Any]]) -> CaseAnswer:
    try:
        return answer(case, tariffs)
    except InvalidInput as refusal:
        return CaseAnswer({"error": str(refusal)}, (str(refusal),))
    except (KeyError, TypeError, ValueError, AttributeError) as malformed:
        reason = f"the case cannot be read: {type(malformed).__name__} {malformed}"
        return CaseAnswer({"error": reason}, (reason,))


def _expected(case: Mapping[str, Any]) -> dict[str, Any]:
    """What is compared: a cost without a rounding of its own is to come out either way."""
    expected = {name: value for name, value in case["expect"].items() if name not in _NOT_COMPARED}
    if "cost" in expected and "exact_cost" not in expected and case["event"].get("kind") != "debit":
        expected["exact_cost"] = expected["cost"]
    return expected


def _error(found: CaseAnswer) -> set[str]:
    return {"error"} if "error" in found.values else set()


def _same(got: object, expected: object) -> bool:
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return False
        return all(_same(one, other) for one, other in zip(got, expected, strict=True))
    if isinstance(got, Fraction):
        try:
            return got == Fraction(str(expected))
        except ValueError:
            return False
    return got == expected


def _written(value: object) -> object:
    """Exact numbers as decimals where they have an end.

    >>> _written(Fraction(1, 4)), _written([Fraction(3)]), _written(Fraction(1, 3))
    ('0.25', ['3'], '1/3')
    """
    if isinstance(value, list):
        return [_written(one) for one in value]
    if not isinstance(value, Fraction):
        return value
    scaled = value * 10**20
    if scaled.denominator != 1:
        return str(value)
    sign, digits = "-" if scaled < 0 else "", f"{abs(scaled.numerator):021d}"
    return f"{sign}{digits[:-20]}.{digits[-20:]}".rstrip("0").rstrip(".")
