"""Everything that reads what somebody outside wrote: by which samples it is tried, and how it refuses what it cannot take."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from app.errors import ChargefeedError, ConfigError, LedgerError, PartnerError, SourceError, StoreError
from app.formats.ocpi.versions import VERSIONS
from app.formats.session_table import read_sessions
from app.formats.validate import FORMATS, validate
from app.history.index import read_index
from app.ledger.checkpoint import claimed
from app.ledger.note import parse_verifier, read_signatures, split_note
from app.marked_yaml import marked_of
from app.model.batch import Kind
from app.publish.manifest import read_manifest
from app.registry.overlay_files import load_overlay
from app.roaming.credentials import read_credentials
from app.roaming.token import replacing
from app.settings import load
from app.sources.file.statuses import read_statuses
from app.sources.plans import tariffs_in_yaml
from app.web.failure import Failure
from tests.fuzzing import readers
from tests.shared import ROOT

CRASHES = ROOT / "tests" / "data" / "crashes"
"""Folder of each parser: inputs that once broke it."""


@dataclass(frozen=True, slots=True)
class Parser:
    name: str
    read: Callable[[bytes], object]
    samples: tuple[str, ...]
    """Files below the checkout."""
    refused: type[Exception] | tuple[type[Exception], ...] = ()
    """What it raises for what it cannot take; empty: it raises nothing."""
    more: tuple[bytes, ...] = ()
    """Samples that are no files."""

    def inputs(self) -> list[bytes]:
        found = [path.read_bytes() for name in self.samples for path in _files(name)]
        return [sample for sample in (*self.more, *found) if len(sample) < 100_000]


def _files(pattern: str) -> Iterable[Path]:
    return sorted(path for path in ROOT.glob(pattern) if path.is_file())[:12]


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
            readers.validated(name),
            (next(files for key, files in _VALIDATED.items() if name.startswith(key)),),
        )
        for name in FORMATS
    ),
    Parser(
        "validate anything",
        lambda data: validate(data, None, readers.NOW),
        ("tests/data/ocpi/*/*.json", _DATEX, "tests/data/irve/*.csv"),
    ),
    Parser("headers of an answer", readers.answer_headers, ("tests/data/fuzzing/headers/*",)),
    Parser("OCPI page", readers.page, ("tests/data/fuzzing/page.json",), SourceError),
    Parser(
        "OCPI locations",
        readers.contents(Kind.LOCATIONS, "x.json"),
        ("tests/data/ocpi/*/loc*.json", "tests/data/web/loc*.json"),
        SourceError,
    ),
    Parser(
        "OCPI tariffs",
        readers.contents(Kind.TARIFFS, "x.json"),
        ("tests/data/ocpi/*/tar*.json", "tests/data/tariffs/*.json"),
        SourceError,
    ),
    Parser(
        "OCPI sessions and CDRs",
        readers.decoded(readers.charged),
        ("tests/data/relay/*.json", "tests/data/sessions/*.json"),
    ),
    Parser(
        "OCPI credentials",
        readers.decoded(lambda body: [read_credentials(body, v) for v in VERSIONS]),
        ("tests/data/fuzzing/credentials.json",),
        PartnerError,
    ),
    Parser(
        "OCPI token",
        readers.decoded(lambda body: replacing(body, "NL*EMS", "04A2B3C4D5CANARY", "RFID")(None)),
        ("tests/data/relay/token.json",),
        PartnerError,
    ),
    Parser("inventory CSV", readers.contents(Kind.LOCATIONS, "x.csv"), ("tests/data/file/inv*.csv",), SourceError),
    Parser("statuses", lambda data: read_statuses(data, "x", "x.csv"), ("tests/data/file/status*",), SourceError),
    Parser(
        "statuses JSON", lambda data: read_statuses(data, "x", "x.json"), ("tests/data/file/status*.json",), SourceError
    ),
    Parser(
        "price plan", lambda data: tariffs_in_yaml(data.decode("utf-8", "replace"), "x.yaml"), ("config/plans/*.yaml",)
    ),
    Parser(
        "DATEX II table",
        readers.pair("datex2", Kind.LOCATIONS, table="x"),
        (_DATEX, "tests/data/datex2/table.xml"),
        SourceError,
    ),
    Parser(
        "DATEX II prices",
        readers.pair("datex2", Kind.TARIFFS, table="x"),
        (_DATEX, "tests/data/datex2/table.xml"),
        SourceError,
    ),
    Parser(
        "DATEX II statuses",
        readers.pair("datex2", Kind.STATUSES, table="x"),
        (_DATEX, "tests/data/datex2/status.json"),
        SourceError,
    ),
    Parser(
        "IRVE static", readers.pair("irve", Kind.LOCATIONS, static="x"), ("tests/data/irve/*statique.csv",), SourceError
    ),
    Parser(
        "IRVE dynamic",
        readers.pair("irve", Kind.STATUSES, static="x"),
        ("tests/data/irve/*dynamique.csv",),
        SourceError,
    ),
    Parser(
        "OICP data",
        readers.pair("oicp", Kind.LOCATIONS, data="x"),
        ("tests/data/oicp/evse-data.json", "tests/data/oicp/odd.json"),
        SourceError,
    ),
    Parser(
        "OICP statuses", readers.pair("oicp", Kind.STATUSES, data="x"), ("tests/data/oicp/*status*.json",), SourceError
    ),
    Parser("OCPP frame", readers.frame, ("tests/data/fuzzing/ocpp/*.json",)),
    Parser("OCPP tariff", readers.decoded(readers.ocpp_tariff), ("tests/data/ocpp/tariff.json",)),
    Parser(
        "message of a broker",
        readers.message,
        (),
        (),
        (b'{"evse": "DE*ABC*E1", "state": "AVAILABLE", "at": "2026-01-01T00:00:00Z"}',),
    ),
    Parser(
        "overlay YAML",
        lambda data: load_overlay([readers.filed("o.yaml", data)], {}),
        ("tests/data/registry/overlay.yaml",),
        ConfigError,
    ),
    Parser(
        "overlay CSV",
        lambda data: load_overlay([readers.filed("o.csv", data)], {}),
        ("tests/data/registry/*.csv",),
        ConfigError,
    ),
    Parser("exclusions", readers.exclusions("x.csv"), ("tests/data/fuzzing/exclusions.csv",), ChargefeedError),
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
        lambda data: load(readers.filed("c.yaml", data), {}),
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
    Parser("tile", readers.tile, (), LedgerError, (b"tile/entries/000.p/2\n\x00\x02{}\x00\x02{}",)),
    Parser("evidence", readers.bundle, ("tests/data/fuzzing/evidence.json",), LedgerError, (readers.bundled(),)),
    Parser("manifest", read_manifest, ("tests/data/fuzzing/manifest.json",), StoreError),
    Parser("index of the history", read_index, ("tests/data/fuzzing/index.json",), StoreError),
    Parser("OCPI pushed", readers.pushed, ("tests/data/fuzzing/pushed/*",)),
    Parser("XLSX", readers.workbook_lines, (), SourceError, (readers.workbook(),)),
    Parser("sheet of an XLSX", readers.workbook_of, (), SourceError, (readers.sheet_xml(),)),
    Parser("request", readers.requested, ("tests/data/fuzzing/requests/*",)),
    Parser("parameters", readers.asked, ("tests/data/fuzzing/parameters.txt",), Failure),
)
