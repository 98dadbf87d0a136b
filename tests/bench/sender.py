"""An OCPI 2.3.0 Sender with a bench's network, in a process of its own: `python -m tests.bench.sender EVSES`.

It prints the URL of its versions endpoint. Pages are put together when asked for; `POST /change` makes one EVSE busy in every
25th location, so 1 % of all, other ones each time.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson

from app.clock import SystemClock, format_time
from tests.bench.network import BEGIN, Network
from tests.bench.workbench import FAR

CLOCK = SystemClock()
EVERY = 25
STEP = 7
_STAMP = b'"last_updated":"%s"}'
_BEGIN = _STAMP % format_time(BEGIN).encode()


class Inventory:
    def __init__(self, network: Network) -> None:
        self.network = network
        self._changed: dict[int, str] = {}
        """Number → when."""
        self._rounds = 0

    def change(self) -> int:
        self._rounds += 1
        chosen = range(1 + self._rounds * STEP % EVERY, self.network.locations + 1, EVERY)
        self._changed.update(dict.fromkeys(chosen, format_time(CLOCK.now())))
        return len(chosen)

    def numbers(self, date_from: str) -> list[int] | range:
        if not date_from:
            return range(1, self.network.locations + 1)
        return sorted(number for number, at in self._changed.items() if at >= date_from)

    def location(self, number: int) -> bytes:
        body, at = self.network.body(number), self._changed.get(number)
        if at is None:
            return body
        busy = body.replace(b'"status":"AVAILABLE"', b'"status":"CHARGING"', 1)
        return busy.removesuffix(_BEGIN) + _STAMP % at.encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    inventory: Inventory

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        base = f"http://{self.headers['Host']}"
        match target.path:
            case "/versions":
                self._data(orjson.dumps([{"version": "2.3.0", "url": f"{base}/2.3.0"}]))
            case "/2.3.0":
                lists = ("locations", "tariffs")
                endpoints = [{"identifier": name, "role": "SENDER", "url": f"{base}/{name}"} for name in lists]
                self._data(orjson.dumps({"version": "2.3.0", "endpoints": endpoints}))
            case "/tariffs":
                self._data(orjson.dumps(self.inventory.network.tariffs(FAR)))
            case "/locations":
                self._locations(base, {name: values[0] for name, values in parse_qs(target.query).items()})

    def do_POST(self) -> None:
        self._data(b"%d" % self.inventory.change())

    def _locations(self, base: str, query: dict[str, str]) -> None:
        numbers = self.inventory.numbers(query.get("date_from", ""))
        offset, limit = int(query.get("offset", 0)), int(query.get("limit", 100))
        headers = {"X-Total-Count": str(len(numbers)), "X-Limit": str(limit)}
        if offset + limit < len(numbers):
            following = urlencode(query | {"offset": str(offset + limit)})
            headers["Link"] = f'<{base}/locations?{following}>; rel="next"'
        page = map(self.inventory.location, numbers[offset : offset + limit])
        self._data(b"[" + b",".join(page) + b"]", headers)

    def _data(self, data: bytes, headers: dict[str, str] | None = None) -> None:
        stamp = format_time(CLOCK.now()).encode()
        body = b'{"status_code":1000,"timestamp":"%s","data":%s}' % (stamp, data)
        self.send_response(200)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """A bench prints its table and nothing else."""


@contextmanager
def sender(evses: int) -> Iterator[str]:
    """The URL of a running one."""
    process = subprocess.Popen([sys.executable, "-m", __name__, str(evses)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)


def main() -> None:
    _Handler.inventory = Inventory(Network(int(sys.argv[1])))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    print(f"http://127.0.0.1:{server.server_port}/versions", flush=True)  # noqa: T201
    server.serve_forever()


if __name__ == "__main__":
    main()
