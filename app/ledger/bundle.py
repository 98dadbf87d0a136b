"""What an auditor takes along: answers with all their evidence in one zip file that needs nobody to be understood or checked.

`answers.json` and `evidence.json` are what `asking` answers, the evidence of all answers once; `checkpoint` and `key` stand apart
too, for programs of others; `prices.csv` and `index.html` show it; `README.txt` says how it is checked.
"""

from __future__ import annotations

import csv
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader

from app.errors import LedgerError, ProofFailed
from app.ledger.entries import Entry
from app.model.outside import decoded
from app.shipped import shipped
from app.spreadsheet import no_formula

ANSWERS, EVIDENCE = "answers.json", "evidence.json"
COLUMNS = (
    "evse_id",
    "location_id",
    "evse_uid",
    "connector_id",
    "at",
    "tariff_id",
    "currency",
    "component",
    "amount",
    "per",
)
COLUMNS_AFTER = ("taxes", "vat_percent", "published_at", "in_time")
_WHEN = (1980, 1, 1, 0, 0, 0)
_MOST_BYTES = 1 << 30


@dataclass(frozen=True)
class Bundle:
    answers: list[dict[str, Any]]
    """As `asking` answers, without the evidence."""
    evidence: dict[str, Any]

    def proofs(self) -> Iterator[tuple[Entry, list[bytes] | None]]:
        """Each entry; None: it was not public when it was asked for. Raises ProofFailed where that cannot be read."""
        try:
            for one in self.evidence["entries"]:
                proof = [b64decode(part, validate=True) for part in one["proof"]] if "proof" in one else None
                yield Entry(int(one["index"]), one["entry"].encode()), proof
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProofFailed(f"an entry of the evidence cannot be read: {error}") from None


def bundled(answers: Iterable[Mapping[str, Any]], evidence: dict[str, Any]) -> Bundle:
    return Bundle([{name: value for name, value in one.items() if name != "evidence"} for one in answers], evidence)


def write_bundle(path: Path, bundle: Bundle, about: Mapping[str, str]) -> None:
    """`about`: operator, origin, made (a time). Raises LedgerError where the file cannot be written."""
    pages = Environment(loader=FileSystemLoader(shipped("templates") / "bundle"), autoescape=True)
    words = Environment(loader=FileSystemLoader(shipped("templates") / "bundle"), autoescape=False)
    files = {
        "README.txt": words.get_template("README.txt").render(about=about),
        ANSWERS: orjson.dumps(bundle.answers, option=orjson.OPT_INDENT_2),
        EVIDENCE: orjson.dumps(bundle.evidence, option=orjson.OPT_INDENT_2),
        "checkpoint": bundle.evidence["checkpoint"],
        "key": "".join(f"{key}\n" for key in bundle.evidence["keys"]),
        "prices.csv": _csv(bundle.answers),
        "index.html": pages.get_template("index.html").render(
            about=about, answers=bundle.answers, evidence=bundle.evidence
        ),
    }
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, body in files.items():
                file.writestr(zipfile.ZipInfo(name, _WHEN), body, zipfile.ZIP_DEFLATED)
    except OSError as error:
        raise LedgerError(f"the bundle cannot be written: {error.strerror}", where=str(path)) from error


def read_bundle(path: Path) -> Bundle:
    """A bundle, or one answer as JSON (`/open/prices/…`, `/ledger/entry/…/proof.json`). Nothing of it is verified.

    Raises ProofFailed where it is neither, or not whole; LedgerError where there is no file.
    """
    try:
        answers, evidence = _unzipped(path) if zipfile.is_zipfile(path) else _answered(path)
    except (zipfile.BadZipFile, KeyError, ValueError, RuntimeError, EOFError, zlib.error) as error:
        remedy = "It was cut off or changed: ask for it again"
        raise ProofFailed(f"not a whole bundle: {error}", where=str(path), remedy=remedy) from None
    except OSError as error:
        raise LedgerError(f"it cannot be read: {error.strerror}", where=str(path)) from error
    if (
        not isinstance(answers, list)
        or not isinstance(evidence, dict)
        or not isinstance(evidence.get("checkpoint"), str)
    ):
        raise ProofFailed("not a bundle of chargefeed", where=str(path))
    return Bundle(answers, evidence)


def _unzipped(path: Path) -> tuple[Any, Any]:
    with zipfile.ZipFile(path) as file:
        if sum(part.file_size for part in file.infolist()) > _MOST_BYTES:
            raise ProofFailed("larger than any bundle is", where=str(path))
        return decoded(file.read(ANSWERS)), decoded(file.read(EVIDENCE))


def _answered(path: Path) -> tuple[Any, Any]:
    read = decoded(path.read_bytes())
    said = read.get("data", read) if isinstance(read, dict) else {}
    if not isinstance(said, dict):
        return None, None
    bundle = bundled([said] if "moments" in said else [], said.get("evidence", {}))
    return bundle.answers, bundle.evidence


def _csv(answers: Iterable[Mapping[str, Any]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow((*COLUMNS, *COLUMNS_AFTER))
    for answer in answers:
        for moment in answer["moments"]:
            writer.writerows(_rows(answer["evse"], moment))
    return text.getvalue()


def _rows(evse: Mapping[str, Any], moment: Mapping[str, Any]) -> Iterator[list[Any]]:
    """One per component; one without any where there was no price."""
    nothing: list[dict[str, Any]] = [{}]
    for price in moment["prices"] or nothing:
        for component in price.get("components") or nothing:
            found = {**evse, **moment, **price, **component, **moment["published"]}
            yield [_cell(found.get(name)) for name in (*COLUMNS, *COLUMNS_AFTER)]


def _cell(value: Any) -> str:
    return "" if value is None else no_formula(str(value))
