"""The processes a bench asks: chargefeed's own, nginx beside it, and wrk that asks."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.processes import free_port, wait_for

ROOT = Path(__file__).parent.parent.parent
CORES = len(os.sched_getaffinity(0))
NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
WRK = shutil.which("wrk")
LACKS = "no nginx or wrk here: apt-get install nginx wrk (deploy/bench does it as root)"
PAGES = Path(__file__).parent / "pages.lua"
SOURCES = [{"name": "bench", "type": "file", "statuses": "none.json"}]
START_S = 60.0
STOP_S = 20.0


@dataclass(frozen=True, slots=True)
class Servers:
    url: str
    stream_url: str
    processes: dict[str, subprocess.Popen[bytes]]
    """By the command of chargefeed that each runs."""

    def pids(self, name: str) -> list[int]:
        """Of the process and all that it started."""
        found = [self.processes[name].pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, task.read_text().split())
        return found


@contextmanager
def chargefeed(
    folder: Path,
    database: Path,
    names: Sequence[str],
    sources: object = SOURCES,
    module: str = "app.cli",
    **more: object,
) -> Iterator[Servers]:
    """Runs these parts of it on a database until the block ends, one web process per core."""
    port, stream_port = free_port(), free_port()
    config = folder / "bench.yaml"
    web = {"port": port, "stream_port": stream_port, "processes": CORES, "default_party": "DE*DEM"}
    store = {"directory": str(folder / "public")}
    settings = {"operator": {"name": "bench"}, "database": f"sqlite:///{database}", "store": store, "web": web}
    config.write_text(yaml.safe_dump(settings | {"sources": sources} | more))
    ports = {"web": port, "stream": stream_port}
    with ExitStack() as stack:
        command = [sys.executable, "-P", "-m", module]
        environment = os.environ | {"CHARGEFEED_CONFIG": str(config), "PYTHONPATH": str(ROOT)}
        started = {
            name: stack.enter_context(process([*command, name], folder / f"{name}.log", environment)) for name in names
        }
        for name in names:
            if name in ports:
                wait_for(_answers(ports[name]), START_S)
        yield Servers(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{stream_port}", started)


@contextmanager
def nginx(folder: Path, files: dict[str, bytes]) -> Iterator[str]:
    """Serves these files, gzip as they are, from as many processes as there are cores; yields its address."""
    assert NGINX is not None
    port, root = free_port(), folder / "nginx"
    root.mkdir(exist_ok=True)
    for name, body in files.items():
        (root / f"{name}.gz").write_bytes(body)
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = " ".join(f"{kind}_temp_path {root};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    configuration = root / "nginx.conf"
    configuration.write_text(f"""{user} daemon off; worker_processes {CORES}; pid {root}/pid; error_log {root}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; gzip_static always; {temporary}
default_type application/json; server {{ listen 127.0.0.1:{port} backlog=2048; root {root}; }} }}
""")
    with process([NGINX, "-c", str(configuration), "-p", str(root)], root / "nginx.log", dict(os.environ)):
        wait_for(_answers(port), START_S)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def process(command: Sequence[str], log: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Runs until the block ends."""
    with log.open("wb") as out:
        running = subprocess.Popen(
            command, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, 9)
            running.wait()


def _answers(port: int) -> Callable[[], bool]:
    def answers() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=0.5):
                return True
        except OSError:
            return False

    return answers


@dataclass(frozen=True, slots=True)
class Load:
    requests_per_s: float
    p99_ms: float


def wrk(url: str, seconds: int, connections: int = 16) -> Load:
    """Asks as fast as it gets answers, over connections that stay open. Raises RuntimeError for any answer but 200."""
    command, environment = wrk_command(url, seconds, connections)
    return read_load(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def wrk_command(
    url: str, seconds: int, connections: int, script: Path | None = None, locations: int = 0
) -> tuple[list[str], dict[str, str]]:
    """wrk's command line and environment; `locations` is what `pages.lua` crawls."""
    assert WRK is not None
    command = [
        WRK,
        "--latency",
        f"-t{CORES}",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "-H",
        "Accept-Encoding: gzip",
    ]
    chosen = ["-s", str(script)] if script else []
    return [*command, *chosen, url], os.environ | {"BENCH_LOCATIONS": str(locations)}


def read_load(text: str) -> Load:
    if "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"wrk met errors:\n{text}")
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", text)
    p99 = re.search(r"99%\s+([0-9.]+)(us|ms|s)", text)
    if not (rate and p99):
        raise RuntimeError(f"wrk said something else:\n{text}")
    return Load(float(rate[1]), float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]])
