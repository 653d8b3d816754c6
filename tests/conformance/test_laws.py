"""Every operator under every law: operators are discovered, and one without cases fails."""

import importlib
import inspect
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import streams.operators
from tests.conformance import laws
from tests.conformance.cases import OperatorCase
from tests.driver import Driver

LAWFUL = settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
PARTS = ("key", "fresh", "step", "dump", "load", "accepts")


def modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(streams.operators.__path__, "streams.operators.")
    return [importlib.import_module(m.name) for m in found]


def operators_in(module: ModuleType) -> list[type]:
    """The operator classes that a module defines."""
    own = (c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == module.__name__)
    return [c for c in own if all(hasattr(c, part) for part in PARTS)]


def cases() -> list[OperatorCase]:
    folder = Path(__file__).parent / "cases"
    names = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    return [c for name in names for c in importlib.import_module(f"tests.conformance.cases.{name}").CASES]


CASES = cases()
IDS = [f"{case.operator.__name__}-{index}" for index, case in enumerate(CASES)]
OPERATORS = [operator for module in modules() for operator in operators_in(module)]


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda o: o.__name__)
def test_every_operator_has_cases(operator: type) -> None:
    assert any(case.operator is operator for case in CASES), f"write tests/conformance/cases for {operator.__name__}"


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda o: o.__name__)
def test_every_operator_reads_what_it_writes(operator: type) -> None:
    driver = Driver(next(case for case in CASES if case.operator is operator).topology())
    made = next(each for each in driver.operators() if isinstance(each, operator))

    assert made.state_version == max(made.reads)


@pytest.mark.parametrize("law", laws.STREAM_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_law_holds(case: OperatorCase, law: Any) -> None:
    @LAWFUL
    @given(case.streams)
    def holds(events: Any) -> None:
        law(case, list(events))

    holds()


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_crash_is_invisible(case: OperatorCase) -> None:
    crashes = st.dictionaries(st.integers(1, 25), st.sampled_from(("before", "after")), min_size=1, max_size=6)

    @LAWFUL
    @given(case.streams, crashes)
    def holds(events: Any, plan: Any) -> None:
        laws.crash_is_invisible(case, list(events), plan)

    holds()


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_field_of_a_later_release_is_refused(case: OperatorCase) -> None:
    laws.a_field_of_a_later_release_is_refused(case)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_memory_is_bounded(case: OperatorCase) -> None:
    laws.memory_is_bounded(case)
