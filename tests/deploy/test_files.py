"""The files of deploy/ name settings, commands and files that exist, and nothing that must not stand in them."""

import re
import shlex
from typing import Any

import pytest
import typer

from telassure.app.cli.main import app
from telassure.wiring.settings import Settings
from tests.deploy.written import DEPLOY, ROOT, compose, environment_of, our_services, setting_names, texts

COMMAND = re.compile(r"^\s*(?:command|args): \[((?:topics|api|worker|deliver|dashboards)\b.*)\]$", re.MULTILINE)
SECRET_NAMES = ("api_token", "dashboard_token", "pseudonym_key", "database_password", "influx_token")


def test_every_setting_named_in_deploy_is_one() -> None:
    known = set(setting_names())
    unknown = {
        f"{place}: {name}"
        for place, text in texts().items()
        for name in re.findall(r"TELASSURE_[A-Z][A-Z_]*[A-Z]", text)
        if name not in known
    }
    assert unknown == set()


def test_every_command_in_deploy_is_one_of_telassure_with_its_options() -> None:
    named = {words for text in texts().values() for words in COMMAND.findall(text)}
    assert len(named) >= 6
    refused = {words: why for words in named if (why := refusal(words))}
    assert refused == {}


def refusal(words: str) -> str:
    """Why the command line would not be taken, or nothing; a template's expression stands for a topology."""
    left = shlex.split(re.sub(r"\{\{.*?\}\}", "charging", words).replace(",", " "))
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        if left[0] not in command.commands:
            return f"there is no command {left[0]!r}"
        command = command.commands[left.pop(0)]
    try:
        command.make_context(command.name, left)
    except Exception as wrong:  # whatever the parser says is the reason
        return str(wrong)
    return ""


def test_every_image_in_deploy_is_pinned_by_a_tag_that_does_not_move() -> None:
    texts_with_images = "\n".join(texts().values())
    images = re.findall(r"^\s*(?:image:|FROM) +([\w./-]+(?::[^\s]+)?)(?: AS \w+)?$", texts_with_images, re.MULTILINE)
    images = [image for image in images if not image.startswith("telassure")]
    assert len(images) >= 6
    assert [image for image in images if not re.search(r":(v?\d+\.\d+\.\d+|\d+\.\d+-|\$\{PYTHON\})", image)] == []


def test_no_secret_stands_in_deploy() -> None:
    literal = re.compile(
        r"(?i)(?:password|token|secret|pseudonym_key)[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9+/]{12,}[\"']?\s*$", re.M
    )
    found = {f"{place}: {hit.group()}" for place, text in texts().items() for hit in literal.finditer(text)}
    assert found == set()


def test_what_the_image_is_built_from_is_there_and_let_through() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = {
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    }
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {name for name in copied if not (ROOT / name).exists()} == set()
    assert copied == allowed


def test_every_top_package_is_in_the_image() -> None:
    packages = {place.parent.name for place in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    assert {name for name in packages if f"COPY {name} {name}\n" not in dockerfile} == set()


def test_every_service_is_unprivileged_bounded_and_watched() -> None:
    for name, service in compose()["services"].items():
        assert str(service.get("user", "root")).split(":")[0] not in ("root", "0"), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name
        assert service["restart"] in ("unless-stopped", "no"), name
        assert ("test" in service["healthcheck"]) == (service["restart"] != "no"), name


def test_ports_are_published_on_loopback_only() -> None:
    ports = [port for service in compose()["services"].values() for port in service.get("ports", ())]
    assert len(ports) == 4
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_services_start_after_what_they_need_is_well() -> None:
    services = compose()["services"]
    for name, service in our_services(compose()).items():
        needs = service["depends_on"]
        assert set(needs) <= set(services), name
        conditions = {need: told["condition"] for need, told in needs.items()}
        assert conditions.pop("setup", "service_completed_successfully") == "service_completed_successfully", name
        assert set(conditions.values()) == {"service_healthy"}, name


def test_secrets_are_declared_and_made_by_the_script() -> None:
    read = compose()
    used = {secret for service in read["services"].values() for secret in service.get("secrets", ())}
    script = (DEPLOY / "compose" / "make-secrets.sh").read_text()
    made = set(re.search(r"for name in ([\w ]+);", script)[1].split())  # type: ignore[index]  # None fails the test
    assert used == set(read["secrets"]) == made
    assert set(SECRET_NAMES) <= made


def test_each_service_gets_the_settings_of_the_distributed_system(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, service in our_services(compose(PARTITIONS="8")).items():
        with monkeypatch.context() as environment:
            for variable, value in environment_of(service).items():
                environment.setenv(variable, value)
            settings = Settings()
        assert settings.distributed, name
        assert settings.partitions == 8, name
        assert settings.secrets is not None, name
        assert bool(settings.influx.url) == ("influx_token" in service["secrets"]), name


def test_every_variable_of_the_compose_file_is_explained() -> None:
    used = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    explained = set(re.findall(r"^#? ?([A-Z_]+)=", (DEPLOY / "compose" / ".env.example").read_text(), re.MULTILINE))
    assert used == explained
