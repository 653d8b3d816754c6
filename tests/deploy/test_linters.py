"""The linters' own judgement of deploy/: hadolint, compose's loader, helm, the Kubernetes schemas."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.written import CHART, DEPLOY, EVERYTHING_ON, ROOT, run, setting_names, tool

pytestmark = pytest.mark.heavy
OLDEST, NEWEST = "1.30.0", "1.37.0"
WITHOUT_SCHEMA = {"ServiceMonitor", "ScaledObject", "TriggerAuthentication"}
MODES = ("none", "hpa", "keda")


def test_the_dockerfile_pleases_hadolint() -> None:
    run([tool("hadolint"), DEPLOY / "Dockerfile"])


def test_compose_reads_its_file_and_finds_every_file_it_mounts(tmp_path: Path) -> None:
    run([DEPLOY / "compose" / "make-secrets.sh", tmp_path / "secrets"])
    arguments = ["--profile", "monitoring", "--env-file", str(DEPLOY / "compose" / ".env.example")]
    file = DEPLOY / "compose.yaml"
    if _has_compose():
        command = ["docker", "compose", *arguments, "-f", str(file), "config"]
        config = run(command, SECRETS=str(tmp_path / "secrets"))
    else:
        config = run([tool("compose-go"), file])
    bound = re.findall(r"type: bind\n\s+source: (\S+)", config)
    assert "service_completed_successfully" in config
    assert [place for place in bound if not Path(place).exists()] == []


def test_the_secrets_are_made_once_and_hidden_in_a_folder(tmp_path: Path) -> None:
    script, folder = DEPLOY / "compose" / "make-secrets.sh", tmp_path / "secrets"
    run([script, folder])
    first = {place.name: place.read_text() for place in folder.iterdir()}
    run([script, folder])
    assert {place.name: place.read_text() for place in folder.iterdir()} == first
    assert len(set(first.values())) == len(first) == 7
    assert folder.stat().st_mode & 0o777 == 0o700


def _has_compose() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0


def rendered(*more: str, kubernetes: str = NEWEST) -> str:
    """The chart with everything on."""
    command = [tool("helm"), "template", "telassure", CHART, "-f", EVERYTHING_ON, "--kube-version", kubernetes, *more]
    return run(command, HELM_CACHE_HOME="/nonexistent", HELM_CONFIG_HOME="/nonexistent", HELM_DATA_HOME="/nonexistent")


def test_the_chart_pleases_helm() -> None:
    run([tool("helm"), "lint", "--strict", CHART, "-f", EVERYTHING_ON, "--kube-version", NEWEST])


def test_the_chart_refuses_to_be_installed_without_what_it_needs() -> None:
    command = [tool("helm"), "template", "telassure", str(CHART), "--kube-version", NEWEST]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    for value in ("existingSecret", "kafka/brokers", "database/url", "influx/url"):
        assert value in ran.stderr


def test_the_chart_refuses_a_password_in_the_url() -> None:
    command = [tool("helm"), "template", "telassure", str(CHART), "-f", str(EVERYTHING_ON), "--kube-version", NEWEST]
    command += ["--set", "database.url=postgresql://telassure:secret@postgres/telassure"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("kubernetes", [OLDEST, NEWEST])
@pytest.mark.parametrize("mode", MODES)
def test_what_the_chart_renders_is_valid_for_kubernetes(mode: str, kubernetes: str, tmp_path: Path) -> None:
    place = tmp_path / "rendered.yaml"
    place.write_text(rendered("--set", f"autoscaling.kind={mode}", kubernetes=kubernetes))
    validate = [tool("kubernetes-validate"), "--strict", "--kubernetes-version", kubernetes, str(place)]
    ran = subprocess.run(validate, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "400"})
    lines = (ran.stdout + ran.stderr).splitlines()
    unjudged = {found[1] for line in lines if (found := re.search(r"find schema for kind (\w+)", line))}
    assert [line for line in lines if line.startswith("ERROR")] == []
    assert unjudged <= WITHOUT_SCHEMA
    assert sum(" passed for resource " in line for line in lines) >= 24


def test_the_settings_that_the_chart_gives_are_settings() -> None:
    named = set(re.findall(r"^  (TELASSURE_\w+):", rendered(), re.MULTILINE))
    assert len(named) > 20
    assert named <= set(setting_names())


def test_every_pod_of_the_chart_is_locked_down() -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed (requirements-dev.lock)")
    workloads = [x for x in yaml.safe_load_all(rendered()) if x and x["kind"] in ("Deployment", "Job")]
    assert len(workloads) == 7
    for workload in workloads:
        pod = workload["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert set(container["resources"]["limits"]) == {"cpu", "memory"}


@pytest.mark.parametrize("mode", MODES)
def test_no_topology_has_more_workers_than_partitions(mode: str) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed (requirements-dev.lock)")
    more = ["--set", f"autoscaling.kind={mode},partitions=3,workers.charging.replicas=9"]
    found = [x for x in yaml.safe_load_all(rendered(*more)) if x and "worker-charging" in x["metadata"]["name"]]
    most = [x["spec"][key] for x in found for key in ("replicas", "maxReplicas", "maxReplicaCount") if key in x["spec"]]
    assert most == [3]
