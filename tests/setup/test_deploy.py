"""What is in deploy/ agrees with the program: metrics, commands, paths, files. `deploy/lint` holds it to its own tools."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY, generate_latest

import app.metrics  # noqa: F401  (what the processes count)
from app.registry.private.tables import metadata as private
from app.registry.tables import metadata
from app.settings import load
from app.stream import Refusal, read_request
from app.web.application import create_app
from tests.certificates import Authority
from tests.setup.command_tables import commands
from tests.shared import ROOT

DEPLOY = ROOT / "deploy"
CONFIG = """
operator: {name: Stadtwerke}
database: sqlite:///feed.db
store: {directory: public}
sources: [{name: demo, type: demo}]
destinations: [{name: app, type: webhook, url: "https://app.example/hook", secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]}]
"""
METRIC = re.compile(r"\bchargefeed_[a-z0-9_]+")
COMMANDS = {name for name, _ in commands()}
PATHS = set(yaml.safe_load((ROOT / "templates" / "openapi.yaml").read_text())["paths"])
RULES = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"]
ALERTS = [rule for group in RULES for rule in group["rules"]]
PANELS = json.loads((DEPLOY / "grafana" / "chargefeed.json").read_text())["panels"]
MANIFESTS = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "chargefeed.yaml").read_text()))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of all series, of histograms with their endings."""
    folder = tmp_path_factory.mktemp("metrics")
    (folder / "my.yaml").write_text(CONFIG)
    text = create_app(load(folder / "my.yaml")).test_client().get("/metrics").text + generate_latest(REGISTRY).decode()
    found = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    histograms = {name for name, kind in found.items() if kind == "histogram"}
    return {*found, *(name + ending for name in histograms for ending in ("_bucket", "_sum", "_count"))}


def test_of_every_table_it_is_said_what_bounds_it() -> None:
    told = (
        (DEPLOY / "operations.md")
        .read_text()
        .partition("## What the database keeps")[2]
        .partition("What is never pruned")[0]
    )
    tables = {*metadata.tables, *private.tables}
    assert len(tables) > 40
    assert {
        name for row in told.splitlines() for name in re.findall(r"`(\w+)`", row.partition("| ")[2].partition(" |")[0])
    } == tables


@pytest.mark.parametrize("rule", ALERTS, ids=[rule["alert"] for rule in ALERTS])
def test_every_alert_watches_what_there_is_and_says_what_to_do(rule: dict[str, Any], metrics: set[str]) -> None:
    assert set(METRIC.findall(rule["expr"])) <= metrics
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"]
    remedy = rule["annotations"]["remedy"]
    assert len(remedy) > 40
    for words in re.findall(r"chargefeed ([a-z]+(?: [a-z]+)?)", remedy):
        assert {words, words.split()[0]} & COMMANDS


def test_every_panel_shows_what_there_is(metrics: set[str]) -> None:
    queries = [target["expr"] for panel in PANELS for target in panel["targets"]]
    assert {name for query in queries for name in METRIC.findall(query)} <= metrics
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


# the image


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def test_the_image_is_made_of_locked_packages_and_runs_as_nobody() -> None:
    found = instructions()
    assert any("--require-hashes" in rest for name, rest in found if name == "RUN")
    names = [name for name, _ in found]
    last = dict(found[len(names) - 1 - names[::-1].index("FROM") :])
    assert last["USER"] == "10001:10001"
    assert json.loads(last["ENTRYPOINT"]) == ["chargefeed"]
    assert json.loads(last["CMD"])[0] in COMMANDS
    assert last["VOLUME"] == '["/data", "/tmp"]'


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for name, rest in instructions():
        if name == "COPY" and not rest.startswith("--from"):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists()
                assert f"!{source}" in ignored


def test_every_part_of_compose_is_confined_and_what_it_mounts_is_there_or_said() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    services = yaml.safe_load(text)["services"]
    ours = {name: service for name, service in services.items() if service.get("image") == "chargefeed"}
    assert set(ours) == {"worker", "web", "stream"}
    assert services["web"]["deploy"]["replicas"] == 2
    for service in ours.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["command"][0] in COMMANDS
    assert not services["worker"]["tmpfs"], "what the worker spills there would be memory, beyond mem_limit"
    mounted = [volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])]
    told = text.partition("\nname:")[0]
    for path in [path.removeprefix("./") for path in mounted if path.startswith("./")]:
        assert (DEPLOY / path).exists() or path in told


# Kubernetes


def containers() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for manifest in MANIFESTS:
        if manifest["kind"] == "Deployment":
            pod = manifest["spec"]["template"]["spec"]
            yield from ((pod, container) for container in pod.get("initContainers", []) + pod["containers"])


def test_every_container_is_confined_and_bounded() -> None:
    for pod, container in containers():
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        inside = container["securityContext"]
        assert inside == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"]["cpu"]


def test_what_kubernetes_calls_and_mounts_is_there() -> None:
    parts = set()
    for pod, container in containers():
        if "args" in container:
            parts.add(container["args"][0])
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if probe in container:
                assert container[probe]["httpGet"]["path"] in PATHS
        assert {mount["name"] for mount in container["volumeMounts"]} <= {volume["name"] for volume in pod["volumes"]}
    assert parts == {"worker", "web", "stream"} <= COMMANDS
    kinds = [manifest["kind"] for manifest in MANIFESTS]
    assert kinds.count("PodDisruptionBudget") == len(parts)
    assert "NetworkPolicy" in kinds


# systemd, nginx


@pytest.mark.parametrize("unit", UNITS, ids=[unit.name for unit in UNITS])
def test_every_unit_starts_what_there_is_without_privileges(unit: Path) -> None:
    said = dict(
        line.split("=", 1) for line in unit.read_text().splitlines() if "=" in line and not line.startswith("#")
    )
    program, command = said["ExecStart"].split()[:2]
    if program.endswith("/chargefeed"):
        assert command in COMMANDS | {"%i"}
        assert said["Environment"] == "TMPDIR=/var/tmp"
    else:
        assert (ROOT / program.removeprefix("/opt/chargefeed/")).exists()
    assert said["User"] == "chargefeed"
    assert said["NoNewPrivileges"] == "yes"
    assert said["ProtectSystem"] == "strict"
    assert said["CapabilityBoundingSet"] == ""
    assert (ROOT / said["Documentation"].removeprefix("file:/opt/chargefeed/")).exists()


def test_kubernetes_shows_the_public_no_figures_of_the_operation() -> None:
    [ingress] = [one for one in MANIFESTS if one["kind"] == "Ingress"]
    paths = {one["path"]: one for one in ingress["spec"]["rules"][0]["http"]["paths"]}
    assert paths["/metrics"]["pathType"] == "Prefix"
    assert paths["/metrics"]["backend"]["service"]["name"] == "stream"
    with pytest.raises(Refusal) as refused:
        read_request({"type": "http", "method": "GET", "path": "/metrics", "query_string": b"", "headers": []})
    assert refused.value.code == 404


def test_nginx_takes_its_configuration_with_tls(tmp_path: Path) -> None:
    issued = Authority("localhost")
    (tmp_path / "fullchain.pem").write_bytes(issued.pem())
    (tmp_path / "privkey.pem").write_bytes(issued.key_pem())
    (tmp_path / "chargefeed").mkdir()
    for name, folder in {"upstreams.conf": "", "chargefeed.conf": "", "tls.conf": "chargefeed"}.items():
        said = (DEPLOY / "nginx" / name).read_text()
        for path in ("/etc/nginx/tls", "/var/cache/nginx"):
            said = said.replace(path, str(tmp_path))
        (tmp_path / folder / name).write_text(said)
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}}"
        "http { access_log off; include upstreams.conf; include chargefeed.conf; }"
    )
    done = subprocess.run(
        ["nginx", "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
