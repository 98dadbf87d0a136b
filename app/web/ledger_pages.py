"""`/ledger` and `/ledger/entry/…`: the log of prices for people; its files stand beside them (`web.ledger`)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as Redirection

from app.clock import Millis, parse_time
from app.errors import LedgerError, ProofFailed
from app.ledger import rows
from app.ledger.asking import Auditor
from app.ledger.checkpoint import claimed
from app.ledger.entries import Entry, EntryKind
from app.ledger.note import Verifier, open_note, parse_verifier, split_note
from app.ledger.shelf import Shelf
from app.ledger.tree import leaf_hash
from app.ledger.words import told
from app.registry.database import reading
from app.web.failure import GENERIC_CLIENT, GENERIC_SERVER, Failure
from app.web.finding import place_path
from app.web.languages import kept, language
from app.web.listing import read_count
from app.web.moments import span_in_words
from app.web.outgoing import json_answer
from app.web.site import site
from app.wording import worded

PER_PAGE = 50
_KINDS = {
    EntryKind.TARIFF: worded("tariff"),
    EntryKind.CONNECTORS: worded("connectors"),
    EntryKind.ENDED: worded("ended"),
    EntryKind.MANIFEST: worded("manifest"),
}

area = Blueprint("ledger_pages", __name__)


@dataclass(frozen=True, slots=True)
class Key:
    text: str
    fingerprint: str
    """SHA-256 of the public key, in groups of four."""


@dataclass(frozen=True, slots=True)
class Witness:
    name: str
    at: Millis | None
    """When it cosigned, where its key is in the settings and its signature holds."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in a list."""

    index: int
    kind: str
    words: str
    published_at: Millis
    path: str
    """Of the page of what it is about; empty: it has none."""


@area.get("/ledger")
def ledger() -> str | Redirection:
    """Raises Failure: 400 for parameters that cannot be read, 404 for an entry that is not there."""
    found = Shelf(site().store).read_checkpoint()
    if found is None:
        return render_template("ledger.html", checkpoint=None, now=site().clock.now())
    checkpoint = claimed(found[0])
    if request.args.get("entry", "").strip():
        index = read_count(request.args, "entry", 0)
        _check(index, checkpoint.size)
        return redirect(site().url(kept(f"/ledger/entry/{index}")))
    end = min(read_count(request.args, "before", checkpoint.size), checkpoint.size)
    start = max(end - PER_PAGE, 0)
    with reading(site().engine) as connection:
        entries = list(rows.entries(connection, start, end))
        last = next(rows.entries(connection, checkpoint.size - 1, checkpoint.size), None)
    return render_template(
        "ledger.html",
        checkpoint=checkpoint,
        note=found[0].decode(),
        root=b64encode(checkpoint.root).decode(),
        sealed_at=parse_time(last.content["logged_at"]) if last else None,
        keys=[_key(key) for key in Shelf(site().store).read_keys()],
        witnesses=list(_witnesses(found[0])),
        lines=[_line(entry) for entry in reversed(entries)],
        start=start,
        end=end,
        per_page=PER_PAGE,
        url=site().url(""),
        now=site().clock.now(),
    )


@area.get("/ledger/entry/<int:index>")
def entry(index: int) -> str:
    """One entry with its proof."""
    found, earlier, evidence = _evidence(index)
    return render_template(
        "entry.html",
        line=_line(found),
        content=found.content,
        size=claimed(evidence["checkpoint"].encode()).size,
        body=found.body.decode(),
        leaf=leaf_hash(found.body).hex(),
        proof=evidence["entries"][0].get("proof", []),
        earlier=earlier,
        comparable=earlier is not None and _is_whole_tariff(found) and _is_whole_tariff(earlier),
        json=orjson.dumps({"evidence": evidence}, option=orjson.OPT_INDENT_2).decode(),
        key=evidence["keys"][0] if evidence["keys"] else "KEY",
        delay=_delay(found),
        url=site().url(""),
    )


@area.get("/ledger/entry/<int:index>/proof.json")
def proof(index: int) -> Response:
    """The entry with its inclusion proof, the checkpoint and the keys."""
    return json_answer(orjson.dumps({"evidence": _evidence(index)[2]}))


def _evidence(index: int) -> tuple[Entry, Entry | None, dict[str, Any]]:
    """The entry, the one of the same before it, and its proof. Raises Failure (404, 503)."""
    auditor = Auditor(site().engine, site().store)
    try:
        _check(index, auditor.checkpoint()[1].size)
        with reading(site().engine) as connection:
            found = next(rows.entries(connection, index, index + 1))
            earlier = rows.entry_before(connection, found)
        return found, earlier, auditor.evidence([found])
    except LedgerError as error:
        raise Failure(503, GENERIC_SERVER, error.sentence(), headers={"Retry-After": "10"}) from None


def _check(index: int, size: int) -> None:
    if index >= size:
        last = worded("its last is %(last)s", last=str(size - 1)) if size else worded("it is empty")
        message = worded("the log has no entry %(index)s: %(last)s", index=str(index), last=last)
        raise Failure(404, GENERIC_CLIENT, message)


def _line(found: Entry) -> Line:
    content = found.content
    path = ""
    if "evse_uid" in content:
        path = place_path(*content["party"].split("*", 1), content["location_id"], content["evse_uid"])
    return Line(
        found.index, _KINDS[content["kind"]], told(found, language()), parse_time(content["published_at"]), path
    )


def _is_whole_tariff(found: Entry) -> bool:
    return found.content["kind"] == EntryKind.TARIFF and "tariff" in found.content


def _delay(found: Entry) -> str:
    """From its publication to its place in the log."""
    times = (parse_time(found.content[name]) for name in ("logged_at", "published_at"))
    logged, published = times
    return span_in_words((logged - published) / 1000)


def _key(key: Verifier) -> Key:
    digest = sha256(key.public).hexdigest()
    return Key(key.text, " ".join(digest[start : start + 4] for start in range(0, len(digest), 4)))


def _witnesses(note: bytes) -> Iterator[Witness]:
    """Who signed beside the log itself."""
    origin = claimed(note).origin
    known = [parse_verifier(one.key) for one in site().settings.ledger.witnesses]
    try:
        held = {verifier.name: at for verifier, at in open_note(note, known).signed_by} if known else {}
    except ProofFailed:
        held = {}
    for name in dict.fromkeys(one.name for one in split_note(note)[1]):
        if name != origin:
            yield Witness(name, held.get(name))
