"""What a parser is given bytes by, where it does not take them as they come: files, bodies, frames, workbooks, requests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import orjson
from flask import Flask
from openpyxl import Workbook
from requests.structures import CaseInsensitiveDict
from structlog.testing import capture_logs
from werkzeug.test import create_environ, run_wsgi_app

from app.clock import ManualClock, parse_time
from app.compliance.uptime.entering import read_file
from app.errors import SourceError
from app.formats.ocpi.charged import read_charged
from app.formats.ocpi.token import presented
from app.formats.validate import validate
from app.http.exchange import Answer, whole_number
from app.ledger.bundle import ANSWERS, EVIDENCE, read_bundle
from app.ledger.tiles import Tile, split_entries, tile_at
from app.model.batch import Kind, Raw
from app.registry.database import migrate, open_engine, reading
from app.registry.received import ReceivedObjects
from app.sources.base import Source, make_source, source_class
from app.sources.file.objects import read_contents
from app.sources.file.settings import FileSettings
from app.sources.file_pair import FilePairSource
from app.sources.ocpi.answer import generated_at, items
from app.sources.ocpi_push.interface import Asked, Interface
from app.sources.ocpi_push.source import OcpiPushSource
from app.sources.ocpp.events import of_call
from app.sources.ocpp.frames import Frame, masked, read
from app.sources.ocpp.tariffs import parse_tariff
from app.sources.tap.reading import Message, Reader
from app.spreadsheet import lines_of
from app.stream import Refusal, read_request
from app.web.application import create_app
from app.web.encoding import chosen
from app.web.listing import read_listing
from tests.shared import ROOT
from tests.web.network import make_network

DATA, SHEET = ROOT / "tests" / "data", "xl/worksheets/sheet1.xml"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
OWNER = {"country_code": "DE", "party_id": "ABC"}


@cache
def _folder() -> Path:
    return Path(mkdtemp(prefix="parsers-"))


def filed(name: str, data: bytes) -> Path:
    path = _folder() / name
    path.write_bytes(data)
    return path


def validated(name: str) -> Callable[[bytes], object]:
    return lambda data: validate(data, name, NOW)


@cache
def _file_settings() -> FileSettings:
    return FileSettings.model_validate({"name": "files", "inventory": "x.json", **OWNER})


def contents(kind: Kind, name: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        found = read_contents(kind, data, name, name, _file_settings())
        return [found.parse(raw) for raw in found.raws]

    return read


@cache
def _source(type_: str, **settings: str) -> Source:
    model = source_class(type_).Settings
    return make_source(model.model_validate({"name": "source", "type": type_, **OWNER, **settings}), ManualClock())


def pair(type_: str, kind: Kind, **settings: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        source = _source(type_, **settings)
        assert isinstance(source, FilePairSource)
        found = source.contents(kind, data, "file", parse_time("2026-11-01T12:00:00Z"))
        return [found.parse(record) for record in found.records]

    return read


def page(data: bytes) -> object:
    return items(Answer("https://backend.example", 200, "OK", CaseInsensitiveDict(), data), "page")


def answer_headers(data: bytes) -> object:
    """A header of an answer a line."""
    lines = (line.partition(":") for line in data.decode("latin-1").splitlines())
    said = CaseInsensitiveDict({name: value.strip() for name, _, value in lines})
    answer = Answer("https://backend.example", 429, "Busy", said, b"")
    return answer.wait_asked_for(0), answer.redirect, generated_at(answer), whole_number(said.get("X-Total-Count", ""))


def frame(data: bytes) -> object:
    text = data.decode("utf-8", "replace")
    masked(text)
    frame = read(text)
    if isinstance(frame, Frame) and frame.action:
        return [list(of_call(version, frame.action, frame.payload)) for version in ("1.6", "2.0.1", "2.1")]
    return frame


def decoded(take: Callable[[Any], object]) -> Callable[[bytes], object]:
    """What is given a body that the web has decoded."""

    def read(data: bytes) -> object:
        try:
            body = orjson.loads(data)
        except orjson.JSONDecodeError:
            return None
        return take(body)

    return read


def ocpp_tariff(body: Any) -> object:
    return parse_tariff(Raw("de*abc/t", body | OWNER)) if isinstance(body, dict) else None


def charged(body: Any) -> object:
    return [read_charged(body, module, "source", "here") for module in ("sessions", "cdrs")]


@cache
def _message_reader() -> Reader:
    describes = {"fields": {"evse": "evse", "status": "state", "occurred_at": "at"}}
    settings = {"name": "hook", "type": "webhook", "path": "/" + "x" * 20, "describes": describes, **OWNER}
    return Reader(source_class("webhook").Settings.model_validate(settings))  # type: ignore[arg-type]


def message(data: bytes) -> object:
    return list(_message_reader().read(Message("post", (), data, 0), []))


@cache
def _engine() -> Any:
    engine = open_engine(f"sqlite:///{_folder() / 'registry.db'}")
    migrate(engine)
    return engine


def exclusions(name: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        with reading(_engine()) as connection:
            return read_file(filed(name, data), connection, ["vandalism"])

    return read


def bundle(data: bytes) -> object:
    found = read_bundle(filed("bundle.zip", data))
    return list(found.proofs())


def tile(data: bytes) -> object:
    path, _, body = data.partition(b"\n")
    tile = tile_at(path.decode("latin-1"))
    return split_entries(tile or Tile(-1, 0, 2), body)


def asked(data: bytes) -> object:
    """The parameters and headers of a request."""
    words = [word.decode("latin-1") for word in data.split(b"&")]
    arguments = dict(word.partition("=")[::2] for word in words)
    headers = [(b"last-event-id", arguments.get("Last-Event-ID", "").encode("latin-1"))]
    scope = {"path": "/open/stream", "method": "GET", "query_string": data, "headers": headers}
    chosen(arguments.get("encoding", "")), presented(arguments.get("token", ""))
    with suppress(Refusal):
        read_request(scope)
    return read_listing(arguments, 100)


@cache
def _interface() -> Interface:
    source = source_class("ocpi-push").Settings.model_validate(
        {"name": "pushed", "type": "ocpi-push", "token": "t" * 20}
    )
    made = make_source(source, ManualClock())
    assert isinstance(made, OcpiPushSource)
    made.holdings, made.sessions = ReceivedObjects(_engine(), "pushed"), lambda records: None
    return made.interface()


def pushed(data: bytes) -> object:
    """Method and path, a line each, then the body."""
    method, path, body = [*data.split(b"\n", 2), b"", b""][:3]
    found = _interface().reply(Asked(method.decode("latin-1"), path.decode("latin-1"), {}, body))
    return orjson.dumps(found.data)


@cache
def workbook() -> bytes:
    made, file = Workbook(), io.BytesIO()
    for cells in (["location_id", "publish"], ["L1", True], ["L2", 4.5], ["L3", NOW.replace(tzinfo=None)]):
        made.active.append(cells)
    made.save(file)
    return file.getvalue()


def sheet_xml() -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook())) as file:
        return file.read(SHEET)


def workbook_of(data: bytes) -> object:
    """A workbook whose first sheet is this XML."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as sound, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for part in sound.namelist():
            file.writestr(part, data if part == SHEET else sound.read(part))
    return workbook_lines(packed.getvalue())


def workbook_lines(data: bytes) -> object:
    return list(lines_of(data, "x.xlsx", SourceError))


@cache
def _site() -> Flask:
    (_folder() / "site").mkdir()
    network = make_network(_folder() / "site", locations=3)
    network.pull()
    network.snapshot()
    return create_app(network.settings)


def requested(data: bytes) -> object:
    """Method, target and headers, a line each, then an empty line and the body. What goes wrong inside is a crash."""
    head, _, body = data.partition(b"\n\n")
    first, *rest = head.decode("latin-1").split("\n")
    method, _, target = first.partition(" ")
    path, _, query = target.partition("?")
    named = (line.partition(":") for line in rest)
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value.strip() for name, _, value in named}
    environ = create_environ(input_stream=io.BytesIO(body), environ_base={"REMOTE_ADDR": "192.0.2.1"})
    environ |= {
        "REQUEST_METHOD": method or "GET",
        "PATH_INFO": f"/{path.lstrip('/')}",
        "QUERY_STRING": query,
        **headers,
    }
    environ["CONTENT_LENGTH"] = str(len(body))
    with capture_logs() as lines:
        said = run_wsgi_app(_site().wsgi_app, environ, buffered=True)
    for line in lines:
        if isinstance(line.get("exc_info"), Exception):
            raise line["exc_info"]
    return said


def bundled() -> bytes:
    """A bundle as an auditor gets it."""
    said = orjson.loads((DATA / "fuzzing" / "evidence.json").read_bytes())["data"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(ANSWERS, orjson.dumps([said]))
        file.writestr(EVIDENCE, orjson.dumps(said["evidence"]))
    return packed.getvalue()
