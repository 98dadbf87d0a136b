"""Everything that reads what somebody outside wrote: by which samples it is tried, and how it refuses what it cannot take."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
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
from app.errors import ChargefeedError, ConfigError, LedgerError, PartnerError, SourceError, StoreError
from app.formats.ocpi.charged import read_charged
from app.formats.ocpi.token import presented
from app.formats.ocpi.versions import VERSIONS
from app.formats.session_table import read_sessions
from app.formats.validate import FORMATS, validate
from app.history.index import read_index
from app.http.exchange import Answer
from app.ledger.bundle import ANSWERS, EVIDENCE, read_bundle
from app.ledger.checkpoint import claimed
from app.ledger.note import parse_verifier, read_signatures, split_note
from app.ledger.tiles import Tile, split_entries, tile_at
from app.marked_yaml import marked_of
from app.model.batch import Kind, Raw
from app.publish.manifest import read_manifest
from app.registry.database import migrate, open_engine, reading
from app.registry.overlay_files import load_overlay
from app.registry.received import ReceivedObjects
from app.roaming.credentials import read_credentials
from app.roaming.token import replacing
from app.settings import load
from app.sources.base import Source, make_source, source_class
from app.sources.file.objects import read_contents
from app.sources.file.settings import FileSettings
from app.sources.file.statuses import read_statuses
from app.sources.file_pair import FilePairSource
from app.sources.ocpi.answer import items
from app.sources.ocpi_push.interface import Asked, Interface
from app.sources.ocpi_push.source import OcpiPushSource
from app.sources.ocpp.events import of_call
from app.sources.ocpp.frames import Frame, masked, read
from app.sources.ocpp.tariffs import parse_tariff
from app.sources.plans import tariffs_in_yaml
from app.sources.tap.reading import Message, Reader
from app.spreadsheet import lines_of
from app.stream import Refusal, read_request
from app.web.application import create_app
from app.web.encoding import chosen
from app.web.failure import Failure
from app.web.listing import read_listing
from tests.shared import ROOT, data_folder
from tests.web.network import make_network

DATA, SHEET = ROOT / "tests" / "data", "xl/worksheets/sheet1.xml"
CRASHES = DATA / "crashes"
"""Folder of each parser: inputs that once broke it."""
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
OWNER = {"country_code": "DE", "party_id": "ABC"}


@dataclass(frozen=True, slots=True)
class Parser:
    name: str
    read: Callable[[bytes], object]
    samples: tuple[str, ...]
    """Files below the checkout, or the data that tests share (`shared/…`)."""
    refused: type[Exception] | tuple[type[Exception], ...] = ()
    """What it raises for what it cannot take; empty: it raises nothing."""
    more: tuple[bytes, ...] = ()
    """Samples that are no files."""

    def inputs(self) -> list[bytes]:
        found = [path.read_bytes() for name in self.samples for path in _files(name)]
        return [sample for sample in (*self.more, *found) if len(sample) < 100_000]


def _files(name: str) -> Iterable[Path]:
    folder, pattern = (data_folder(), name.removeprefix("shared/")) if name.startswith("shared/") else (ROOT, name)
    return sorted(path for path in folder.glob(pattern) if path.is_file())[:12]


@cache
def _folder() -> Path:
    return Path(mkdtemp(prefix="parsers-"))


def _filed(name: str, data: bytes) -> Path:
    path = _folder() / name
    path.write_bytes(data)
    return path


def _validated(name: str) -> Callable[[bytes], object]:
    return lambda data: validate(data, name, NOW)


@cache
def _file_settings() -> FileSettings:
    return FileSettings.model_validate({"name": "files", "inventory": "x.json", **OWNER})


def _contents(kind: Kind, name: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        found = read_contents(kind, data, name, name, _file_settings())
        return [found.parse(raw) for raw in found.raws]

    return read


@cache
def _source(type_: str, **settings: str) -> Source:
    model = source_class(type_).Settings
    return make_source(model.model_validate({"name": "source", "type": type_, **OWNER, **settings}), ManualClock())


def _pair(type_: str, kind: Kind, **settings: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        source = _source(type_, **settings)
        assert isinstance(source, FilePairSource)
        found = source.contents(kind, data, "file", parse_time("2026-11-01T12:00:00Z"))
        return [found.parse(record) for record in found.records]

    return read


def _page(data: bytes) -> object:
    return items(Answer("https://backend.example", 200, "OK", CaseInsensitiveDict(), data), "page")


def _frame(data: bytes) -> object:
    text = data.decode("utf-8", "replace")
    masked(text)
    frame = read(text)
    if isinstance(frame, Frame) and frame.action:
        return [list(of_call(version, frame.action, frame.payload)) for version in ("1.6", "2.0.1", "2.1")]
    return frame


def _json(take: Callable[[Any], object]) -> Callable[[bytes], object]:
    """What is given a body that the web has decoded."""

    def read(data: bytes) -> object:
        try:
            body = orjson.loads(data)
        except orjson.JSONDecodeError:
            return None
        return take(body)

    return read


def _ocpp_tariff(body: Any) -> object:
    return parse_tariff(Raw("de*abc/t", body | OWNER)) if isinstance(body, dict) else None


def _charged(body: Any) -> object:
    return [read_charged(body, module, "source", "here") for module in ("sessions", "cdrs")]


@cache
def _message_reader() -> Reader:
    describes = {"fields": {"evse": "evse", "status": "state", "occurred_at": "at"}}
    settings = {"name": "hook", "type": "webhook", "path": "/" + "x" * 20, "describes": describes, **OWNER}
    return Reader(source_class("webhook").Settings.model_validate(settings))  # type: ignore[arg-type]


def _message(data: bytes) -> object:
    return list(_message_reader().read(Message("post", (), data, 0), []))


@cache
def _engine() -> Any:
    engine = open_engine(f"sqlite:///{_folder() / 'registry.db'}")
    migrate(engine)
    return engine


def _exclusions(name: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> object:
        with reading(_engine()) as connection:
            return read_file(_filed(name, data), connection, ["vandalism"])

    return read


def _bundle(data: bytes) -> object:
    found = read_bundle(_filed("bundle.zip", data))
    return list(found.proofs())


def _tile(data: bytes) -> object:
    path, _, body = data.partition(b"\n")
    tile = tile_at(path.decode("latin-1"))
    return split_entries(tile or Tile(-1, 0, 2), body)


def _asked(data: bytes) -> object:
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


def _pushed(data: bytes) -> object:
    """Method and path, a line each, then the body."""
    method, path, body = [*data.split(b"\n", 2), b"", b""][:3]
    found = _interface().reply(Asked(method.decode("latin-1"), path.decode("latin-1"), {}, body))
    return orjson.dumps(found.data)


@cache
def _workbook() -> bytes:
    made, file = Workbook(), io.BytesIO()
    for cells in (["location_id", "publish"], ["L1", True], ["L2", 4.5], ["L3", NOW.replace(tzinfo=None)]):
        made.active.append(cells)
    made.save(file)
    return file.getvalue()


def _sheet_xml() -> bytes:
    with zipfile.ZipFile(io.BytesIO(_workbook())) as file:
        return file.read(SHEET)


def _workbook_of(data: bytes) -> object:
    """A workbook whose first sheet is this XML."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_workbook())) as sound, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for part in sound.namelist():
            file.writestr(part, data if part == SHEET else sound.read(part))
    return _lines(packed.getvalue())


def _lines(data: bytes) -> object:
    return list(lines_of(data, "x.xlsx", SourceError))


@cache
def _site() -> Flask:
    (_folder() / "site").mkdir()
    network = make_network(_folder() / "site", locations=3)
    network.pull()
    network.snapshot()
    return create_app(network.settings)


def _request(data: bytes) -> object:
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


def _zipped() -> bytes:
    """A bundle as an auditor gets it."""
    said = orjson.loads((DATA / "fuzzing" / "evidence.json").read_bytes())["data"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(ANSWERS, orjson.dumps([said]))
        file.writestr(EVIDENCE, orjson.dumps(said["evidence"]))
    return packed.getvalue()


_DATEX = "tests/data/datex2/golden/*"
_VALIDATED = {
    "ocpi": "tests/data/ocpi/*/*.json",
    "irve-statique": "tests/data/irve/*statique.csv",
    "irve-dynamique": "tests/data/irve/*dynamique.csv",
    "datex2": _DATEX,
    "nevi": "tests/data/nevi/*.json",
    "evchart": "tests/data/evchart/module*.csv",
}

PARSERS = (
    *(
        Parser(
            f"validate {name}",
            _validated(name),
            (next(files for key, files in _VALIDATED.items() if name.startswith(key)),),
        )
        for name in FORMATS
    ),
    Parser(
        "validate anything",
        lambda data: validate(data, None, NOW),
        ("tests/data/ocpi/*/*.json", _DATEX, "tests/data/irve/*.csv"),
    ),
    Parser("OCPI page", _page, ("tests/data/fuzzing/page.json",), SourceError),
    Parser(
        "OCPI locations",
        _contents(Kind.LOCATIONS, "x.json"),
        ("tests/data/ocpi/*/loc*.json", "tests/data/web/loc*.json"),
        SourceError,
    ),
    Parser(
        "OCPI tariffs",
        _contents(Kind.TARIFFS, "x.json"),
        ("tests/data/ocpi/*/tar*.json", "tests/data/tariffs/*.json"),
        SourceError,
    ),
    Parser("OCPI sessions and CDRs", _json(_charged), ("tests/data/relay/*.json", "tests/data/sessions/*.json")),
    Parser(
        "OCPI credentials",
        _json(lambda body: [read_credentials(body, v) for v in VERSIONS]),
        ("tests/data/fuzzing/credentials.json",),
        PartnerError,
    ),
    Parser(
        "OCPI token",
        _json(lambda body: replacing(body, "NL*EMS", "04A2B3C4D5CANARY", "RFID")(None)),
        ("tests/data/relay/token.json",),
        PartnerError,
    ),
    Parser("inventory CSV", _contents(Kind.LOCATIONS, "x.csv"), ("tests/data/file/inv*.csv",), SourceError),
    Parser("statuses", lambda data: read_statuses(data, "x", "x.csv"), ("tests/data/file/status*",), SourceError),
    Parser(
        "statuses JSON", lambda data: read_statuses(data, "x", "x.json"), ("tests/data/file/status*.json",), SourceError
    ),
    Parser(
        "price plan", lambda data: tariffs_in_yaml(data.decode("utf-8", "replace"), "x.yaml"), ("config/plans/*.yaml",)
    ),
    Parser(
        "DATEX II table",
        _pair("datex2", Kind.LOCATIONS, table="x"),
        (_DATEX, "tests/data/datex2/table.xml"),
        SourceError,
    ),
    Parser(
        "DATEX II prices",
        _pair("datex2", Kind.TARIFFS, table="x"),
        (_DATEX, "tests/data/datex2/table.xml"),
        SourceError,
    ),
    Parser(
        "DATEX II statuses",
        _pair("datex2", Kind.STATUSES, table="x"),
        (_DATEX, "tests/data/datex2/status.json"),
        SourceError,
    ),
    Parser("IRVE static", _pair("irve", Kind.LOCATIONS, static="x"), ("tests/data/irve/*statique.csv",), SourceError),
    Parser("IRVE dynamic", _pair("irve", Kind.STATUSES, static="x"), ("tests/data/irve/*dynamique.csv",), SourceError),
    Parser(
        "OICP data",
        _pair("oicp", Kind.LOCATIONS, data="x"),
        ("tests/data/oicp/evse-data.json", "tests/data/oicp/odd.json"),
        SourceError,
    ),
    Parser("OICP statuses", _pair("oicp", Kind.STATUSES, data="x"), ("tests/data/oicp/*status*.json",), SourceError),
    Parser("OCPP frame", _frame, ("tests/data/fuzzing/ocpp/*.json",)),
    Parser("OCPP tariff", _json(_ocpp_tariff), ("tests/data/ocpp/tariff.json",)),
    Parser(
        "message of a broker",
        _message,
        (),
        (),
        (b'{"evse": "DE*ABC*E1", "state": "AVAILABLE", "at": "2026-01-01T00:00:00Z"}',),
    ),
    Parser(
        "overlay YAML",
        lambda data: load_overlay([_filed("o.yaml", data)], {}),
        ("tests/data/registry/overlay.yaml",),
        ConfigError,
    ),
    Parser(
        "overlay CSV",
        lambda data: load_overlay([_filed("o.csv", data)], {}),
        ("tests/data/registry/*.csv",),
        ConfigError,
    ),
    Parser("exclusions", _exclusions("x.csv"), ("tests/data/fuzzing/exclusions.csv",), ChargefeedError),
    Parser(
        "sessions CSV",
        lambda data: read_sessions(data, "x", "source"),
        ("tests/data/sessions/table.csv",),
        ChargefeedError,
    ),
    Parser(
        "YAML",
        lambda data: marked_of(data.decode("utf-8", "replace"), "x", {}),
        ("config/demo.yaml", "config/plans/*.yaml"),
        ConfigError,
    ),
    Parser(
        "settings",
        lambda data: load(_filed("c.yaml", data), {}),
        ("config/demo.yaml", "tests/data/joining/*.yaml"),
        ConfigError,
    ),
    Parser(
        "signed note",
        lambda data: (split_note(data), claimed(data)),
        (
            "tests/data/ledger/example.note",
            "tests/data/fuzzing/checkpoint.txt",
        ),
        LedgerError,
    ),
    Parser("cosignature", read_signatures, ("tests/data/fuzzing/cosignature.txt",), LedgerError),
    Parser(
        "verifier key",
        lambda data: parse_verifier(data.decode("latin-1")),
        ("tests/data/ledger/example.vkey",),
        LedgerError,
    ),
    Parser("tile", _tile, (), LedgerError, (b"tile/entries/000.p/2\n\x00\x02{}\x00\x02{}",)),
    Parser("evidence", _bundle, ("tests/data/fuzzing/evidence.json",), LedgerError, (_zipped(),)),
    Parser("manifest", read_manifest, ("tests/data/fuzzing/manifest.json",), StoreError),
    Parser("index of the history", read_index, ("tests/data/fuzzing/index.json",), StoreError),
    Parser("OCPI pushed", _pushed, ("tests/data/fuzzing/pushed/*",)),
    Parser("XLSX", _lines, (), SourceError, (_workbook(),)),
    Parser("sheet of an XLSX", _workbook_of, (), SourceError, (_sheet_xml(),)),
    Parser("request", _request, ("tests/data/fuzzing/requests/*",)),
    Parser("parameters", _asked, ("tests/data/fuzzing/parameters.txt",), Failure),
)
