"""The import contracts name all that exists: what a list leaves out would be held by nobody."""

import tomllib
from pkgutil import iter_modules

import pytest

import telassure.kernel
from benchmarks.house import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def named(beginning: str) -> dict:
    (found,) = (contract for contract in CONTRACTS if contract["name"].startswith(beginning))
    return found


def test_models_are_kept_from_all_of_the_kernel_but_money_and_errors():
    kernel = {f"telassure.kernel.{module.name}" for module in iter_modules(telassure.kernel.__path__)}
    allowed = {"telassure.kernel.money", "telassure.kernel.errors"}
    assert set(named("Of the kernel")["forbidden_modules"]) == kernel - allowed


def test_every_folder_of_the_house_has_a_floor():
    """The packages of `telassure` and the others, in the first contract."""
    floors = " ".join(named("The floors")["layers"])
    packages = [f"telassure.{module.name}" for module in iter_modules(telassure.__path__) if module.ispkg]
    missing = [name for name in (*packages, "dashboards", "ingestion", "bss_sync", "models") if name not in floors]
    assert missing == []


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["name"])
def test_no_contract_has_an_ignore_list(contract):
    assert "ignore_imports" not in contract


def test_where_modules_have_floors_every_module_has_one():
    """But in the first, which names whole folders, a contract of floors is exhaustive."""
    floors = [contract for contract in CONTRACTS if contract["type"] == "layers" and "containers" in contract]
    assert [contract["name"] for contract in floors if not contract.get("exhaustive")] == []
