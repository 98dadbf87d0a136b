"""`/open/stream`: every public change the moment it is committed, as server-sent events, from an asyncio process of its own.

1. One reader follows the journal and hands the same bytes to all clients; a commit costs one read, however many listen.
2. An event's id is its sequence. `Last-Event-ID` (or `?since=`) resumes behind it out of the journal; without either a client
   starts at the head. Where the journal no longer holds that sequence the event `gone` names the snapshots, and the stream ends.
3. Each client has a bounded queue. One whose queue is full, or who takes no bytes for STALLED_S, is cut; it may come back and
   resume.
4. `…/open/party/DE-ABC/stream` and `?party=DE*ABC` give one party's changes.
"""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import orjson
import structlog
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from sqlalchemy.exc import SQLAlchemyError

from app.clock import SystemClock, format_time
from app.errors import JournalPruned
from app.registry.projection import ChangePage, PublicFeed, View
from app.registry.watch import CommitWatch

LOOK_EVERY_S = 0.05
HEARTBEAT_S = 15.0
STALLED_S = 30.0
RETRY_MS = 3000
RETRY_GONE_MS = 60_000
PAGE = 1000
"""Changes read from the journal at once."""
QUEUE = 256
"""Commits a client may lag behind."""
GRACE_S = 0.5
BACKLOG = 2048
SPARE = 100
"""Connections beyond the streams themselves, so that one too many is told so and not left waiting."""
OWN_FILES = 60
"""Open files that are no stream: database, libraries, the process's own."""

_PATH = re.compile(r"/open(?:/party/([A-Za-z]{2}-[A-Za-z0-9]{3}))?/stream/?")
_PARTY = re.compile(r"[A-Za-z]{2}[*-][A-Za-z0-9]{3}")
_SEQUENCE = re.compile(r"[0-9]{1,15}")

HEADERS = [
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]
JSON_HEADERS = [(b"content-type", b"application/json"), *HEADERS]
STREAM_HEADERS = [(b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no"), *HEADERS]
PREFLIGHT_HEADERS = [
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"*, Authorization"),
    (b"access-control-max-age", b"86400"),
    *HEADERS,
]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_log = structlog.get_logger()


class Refusal(Exception):
    """HTTP code, OCPI code, a sentence."""

    def __init__(self, code: int, status_code: int, message: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(message)
        self.code = code
        self.status_code = status_code
        self.message = message
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Asked:
    party: str | None
    """`DE*ABC`; None: everybody."""
    since: int | None
    """Resume behind this sequence; None: from now on."""

    @property
    def view(self) -> View:
        return View(parties=frozenset({self.party})) if self.party else View()


@dataclass(eq=False, slots=True)
class Client:
    asked: Asked
    behind: int
    """Up to this sequence it has everything, or it stands in the queue."""
    pump: asyncio.Task[None] | None = None
    queue: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(QUEUE))

    def cut(self) -> None:
        if self.pump is not None:
            self.pump.cancel()


class Hub:
    """Follows the journal for all clients."""

    def __init__(self, feed: PublicFeed, watch: CommitWatch) -> None:
        self._feed = feed
        self._watch = watch
        self.clients: set[Client] = set()
        """Those who have caught up."""
        self.epoch = ""
        self.position = -1
        """Every change up to it has been handed out; -1 before the first look."""

    async def follow(self) -> None:
        """Until it is cancelled. While the database does not answer the clients just wait."""
        while True:
            try:
                epoch, seq = await asyncio.to_thread(self._watch.stamp)
                if epoch != self.epoch:
                    self._begin(epoch, seq)
                while self.position < seq:
                    self._hand_out(await self.changes(self.position, View()))
            except JournalPruned:
                self._begin(epoch, seq)
            except SQLAlchemyError as error:
                _log.warning("the database does not answer; streams wait", error=str(error))
            await asyncio.sleep(LOOK_EVERY_S)

    async def changes(self, since: int, view: View) -> ChangePage:
        return await asyncio.to_thread(self._read, since, view)

    def _read(self, since: int, view: View) -> ChangePage:
        with self._feed.read() as reader:
            return reader.changes(since, PAGE, view)

    def _begin(self, epoch: str, seq: int) -> None:
        """What was handed out does not lead here: whoever listens must resume, and learns then that it cannot."""
        for client in list(self.clients):
            client.cut()
        self.epoch, self.position = epoch, seq

    def _hand_out(self, page: ChangePage) -> None:
        events = [(change["seq"], change["party"], event_of(change)) for change in page.changes]
        shared: dict[str | None, bytes] = {}
        for client in list(self.clients):
            party = client.asked.party
            if client.behind > self.position:
                chunk = _only(events, party, client.behind)
            else:
                chunk = shared[party] if party in shared else shared.setdefault(party, _only(events, party, -1))
            client.behind = max(client.behind, page.next)
            if chunk:
                self._offer(client, chunk)
        self.position = page.next

    def _offer(self, client: Client, chunk: bytes) -> None:
        try:
            client.queue.put_nowait(chunk)
        except asyncio.QueueFull:
            _log.info("stream cut: its client is too slow", waiting=QUEUE)
            client.cut()


class Stream:
    """The ASGI application."""

    def __init__(self, hub: Hub, public_url: str, most_clients: int) -> None:
        self._hub = hub
        self._public_url = public_url
        self._most_clients = most_clients
        self._clients: set[Client] = set()
        self._stopping = False

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method == "OPTIONS":
            await _answer(send, 204, PREFLIGHT_HEADERS, b"")
            return
        try:
            if scope["path"] in ("/healthz", "/healthz/"):
                await _answer(send, 200, JSON_HEADERS, _envelope(1000, f"{len(self._clients)} streams"), method)
                return
            asked = read_request(scope)
            if method == "HEAD":
                await _answer(send, 200, STREAM_HEADERS, b"")
                return
            self._admit()
        except Refusal as refusal:
            headers = [*JSON_HEADERS, *refusal.headers]
            await _answer(send, refusal.code, headers, _envelope(refusal.status_code, refusal.message), method)
            return
        await self._serve(asked, receive, send)

    def _admit(self) -> None:
        if self._hub.position < 0:
            raise Refusal(503, 3000, "the database does not answer yet", (b"retry-after", b"5"))
        if len(self._clients) >= self._most_clients:
            message = f"{self._most_clients} streams are open already: come back later, or read /open/changes"
            raise Refusal(503, 3000, message, (b"retry-after", b"30"))

    async def _serve(self, asked: Asked, receive: Receive, send: Send) -> None:
        """Until the client goes, is cut, or the process stops; then the connection is closed."""
        client = Client(asked, asked.since if asked.since is not None else self._hub.position)
        client.pump = asyncio.create_task(self._pump(client, send))
        left = asyncio.create_task(_left(receive))
        self._clients.add(client)
        try:
            await asyncio.wait((client.pump, left), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._clients.discard(client)
            self._hub.clients.discard(client)
            for task in (client.pump, left):
                task.cancel()
            await asyncio.gather(client.pump, left, return_exceptions=True)
        if self._stopping:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pump(self, client: Client, send: Send) -> None:
        async with asyncio.timeout(STALLED_S):
            await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
        async for chunk in self._chunks(client):
            async with asyncio.timeout(STALLED_S):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _chunks(self, client: Client) -> AsyncIterator[bytes]:
        hub = self._hub
        yield _head_event(client.behind, hub)
        try:
            # A sequence to resume behind is looked up at least once: it may lie after the head of a feed that was begun anew.
            due = client.asked.since is not None
            while due or client.behind < hub.position:
                page = await hub.changes(client.behind, client.asked.view)
                if page.head.seq < client.behind:
                    raise JournalPruned("this feed was begun anew")
                client.behind, due = page.next, False
                if page.changes:
                    yield b"".join(event_of(change) for change in page.changes)
        except JournalPruned as error:
            yield self._gone_event(error)
            return
        hub.clients.add(client)
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    chunk = await client.queue.get()
            except TimeoutError:
                if not client.queue.empty():  # it came in that very moment, and must go first
                    continue
                chunk = b": alive\nid: %d\n\n" % client.behind
            yield chunk

    def _gone_event(self, error: JournalPruned) -> bytes:
        data = {
            "status_code": 2000,
            "status_message": f"{error.what}: start from a snapshot and resume behind its sequence",
            "timestamp": format_time(SystemClock().now()),
            "manifest": f"{self._public_url}/open/manifest.json",
        }
        return b"event: gone\nretry: %d\ndata: %b\n\n" % (RETRY_GONE_MS, orjson.dumps(data))

    def stop(self) -> None:
        self._stopping = True
        for client in list(self._clients):
            client.cut()


def read_request(scope: Message) -> Asked:
    """Raises Refusal."""
    match = _PATH.fullmatch(scope["path"])
    if match is None:
        raise Refusal(404, 2000, "this process serves …/stream alone")
    if scope["method"] not in ("GET", "HEAD"):
        raise Refusal(405, 2000, "a stream can only be read", (b"allow", b"GET, HEAD, OPTIONS"))
    query = parse_qs(scope["query_string"].decode("latin-1"))
    party = match[1] or query.get("party", [""])[0]
    if party and not _PARTY.fullmatch(party):
        raise Refusal(400, 2001, f"`party` is {party[:20]!r}: write it as DE*ABC")
    given = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1") or query.get("since", [""])[0]
    if given and not _SEQUENCE.fullmatch(given):
        raise Refusal(400, 2001, f"`Last-Event-ID` or `since` is {given[:20]!r}: write a sequence, a whole number")
    return Asked(party.replace("-", "*").upper() or None, int(given) if given else None)


def event_of(change: dict[str, Any]) -> bytes:
    """JSON has no line break in it, so that one `data:` line holds it."""
    return b"id: %d\nevent: change\ndata: %b\n\n" % (change["seq"], orjson.dumps(change))


def _head_event(since: int, hub: Hub) -> bytes:
    """Where this stream starts, so that who never sees an event can resume too."""
    data = orjson.dumps({"since": since, "head": hub.position, "epoch": hub.epoch})
    return b"retry: %d\nid: %d\nevent: head\ndata: %b\n\n" % (RETRY_MS, since, data)


def _only(events: Iterable[tuple[int, str, bytes]], party: str | None, behind: int) -> bytes:
    return b"".join(event for seq, owner, event in events if seq > behind and party in (None, owner))


def _envelope(status_code: int, message: str) -> bytes:
    stamp = format_time(SystemClock().now())
    return orjson.dumps({"status_code": status_code, "status_message": message, "timestamp": stamp})


async def _answer(
    send: Send, code: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, method: str = "GET"
) -> None:
    length = [(b"content-length", b"%d" % len(body))] if body else []
    await send({"type": "http.response.start", "status": code, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body, "more_body": False})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def fitting(wanted: int, files: int) -> int:
    """How many streams there can be with so many open files; says what to set where they are fewer than wanted."""
    room = files - OWN_FILES - SPARE
    if room < wanted:
        remedy = f"LimitNOFILE={wanted + OWN_FILES + SPARE} (systemd), or --ulimit nofile= of the container"
        _log.warning("fewer streams than `web.stream_clients`: too few open files", streams=room, remedy=remedy)
    return min(wanted, max(room, 1))


async def run(
    feed: PublicFeed, watch: CommitWatch, host: str, port: int, *, public_url: str, most_clients: int
) -> None:
    """Serves until SIGTERM or SIGINT, then ends every stream. `public_url` is where the manifest is."""
    hub = Hub(feed, watch)
    stream = Stream(hub, public_url, most_clients)
    server = Server(
        stream,
        host,
        port,
        interface=Interfaces.ASGINL,
        backlog=BACKLOG,
        backpressure=most_clients + SPARE,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stream.stop()
        loop.call_later(GRACE_S, server.stop)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    serving, following = asyncio.create_task(server.serve()), asyncio.create_task(hub.follow())
    await asyncio.wait((serving, following), return_when=asyncio.FIRST_COMPLETED)
    if following.done():  # a defect: streams that stand still would be worse than none
        stop()
    await serving
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
