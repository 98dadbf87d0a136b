"""Questions to the ledger: what a price was at a time, or between two, each answered with its evidence.

An answer is a JSON object: the EVSE, its `moments` (what it cost at a connector from a time on), and the `evidence`: checkpoint,
keys, and each entry that a moment rests on, with its inclusion proof. Entries stand there as text, byte for byte.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from app.clock import Millis, format_time
from app.errors import LedgerError, NotInLedger
from app.ledger import rows
from app.ledger.checkpoint import Checkpoint, claimed
from app.ledger.entries import MANIFESTS, Body, Entry, EntryKind, evse_subject, subject_of, tariff_subject
from app.ledger.pricing import (
    LANGUAGE,
    Tell,
    connectors_of,
    ended_moment,
    moment_of,
    named_tariffs,
    next_change,
    prices_of,
)
from app.ledger.shelf import Shelf
from app.ledger.tiles import TileHashes
from app.ledger.tree import inclusion_proof
from app.model.identifiers import compare_key, object_key
from app.registry.database import reading
from app.store.base import Store
from app.tariffs.adhoc import AdhocPrice, PriceBook
from app.tariffs.explain import explain_now
from app.wording import together, worded

MOST_MOMENTS = 1000
NEVER: Millis = 1 << 62


@dataclass(frozen=True, slots=True)
class Asked:
    """An EVSE by its printed id, or by where it stands."""

    evse_id: str = ""
    subject: str = ""
    connector: str | None = None
    """None: all of its connectors."""

    @classmethod
    def at(cls, country_code: str, party_id: str, location: str, uid: str, connector: str | None = None) -> Asked:
        return cls("", evse_subject(object_key(country_code, party_id, location), uid), connector)

    def __str__(self) -> str:
        return self.evse_id or self.subject.removeprefix("evse/")


class Auditor:
    """For any number of threads."""

    def __init__(self, engine: Engine, store: Store, language: str = LANGUAGE, tell: Tell = explain_now) -> None:
        """`language`, `tell`: of the prices in words."""
        self._engine = engine
        self._shelf = Shelf(store)
        self._words = language, tell

    def price(self, asked: Asked, at: Millis) -> dict[str, Any]:
        """What it cost then. Raises NotInLedger, LedgerError where nothing is published yet."""
        with reading(self._engine) as connection:
            inquiry = _Inquiry(connection, asked, self._words)
            moments = inquiry.moments(at)
            said = {"evse": inquiry.named(), "moments": moments}
        return {**said, "evidence": self.evidence(inquiry.used.values())}

    def named(self, asked: Asked, at: Millis) -> dict[str, Any]:
        """The EVSE it was then: `party`, `location_id`, `evse_uid`, `evse_id`. Raises NotInLedger."""
        with reading(self._engine) as connection:
            inquiry = _Inquiry(connection, asked, self._words)
            inquiry.moments(at)
            return inquiry.named()

    def offers(self, asked: Asked, at: Millis) -> tuple[str, tuple[AdhocPrice, ...]]:
        """Its time zone, and what the first of its connectors cost then, as the tariffs have it. Raises NotInLedger."""
        with reading(self._engine) as connection:
            return _Inquiry(connection, asked, self._words).offers(at)

    def history(self, asked: Asked, since: Millis, until: Millis) -> dict[str, Any]:
        """What it cost from `since` on, and after each change before `until`; `goes_on_at` where it is too much for one answer.

        Raises as `price`.
        """
        inquiry, said = self._course(asked, since, until, MOST_MOMENTS)
        return {**said, "evidence": self.evidence(inquiry.used.values())}

    def course(self, asked: Asked, since: Millis, until: Millis, most: int) -> dict[str, Any]:
        """As `history`, with at most about so many moments and without evidence: for people. Raises NotInLedger."""
        return self._course(asked, since, until, most)[1]

    def _course(self, asked: Asked, since: Millis, until: Millis, most: int) -> tuple[_Inquiry, dict[str, Any]]:
        with reading(self._engine) as connection:
            inquiry = _Inquiry(connection, asked, self._words)
            moments, at = list[dict[str, Any]](), inquiry.begin(since)
            while at < until and len(moments) < most:
                moments += inquiry.moments(at)
                at = inquiry.next_change(at, until)
        said: dict[str, Any] = {"evse": inquiry.named(), "moments": moments}
        return inquiry, said if at >= until else {**said, "goes_on_at": format_time(at)}

    def evidence(self, entries: Iterable[Entry]) -> dict[str, Any]:
        """Each entry with its proof in the published tree; entries that are not public yet have none."""
        note, checkpoint = self.checkpoint()
        hashes = TileHashes(checkpoint.size, self._shelf.read)
        return {
            "checkpoint": note.decode(),
            "keys": [key.text for key in self._shelf.read_keys()],
            "entries": [_proved(entry, checkpoint, hashes) for entry in sorted(entries, key=lambda entry: entry.index)],
        }

    def checkpoint(self) -> tuple[bytes, Checkpoint]:
        """The note, and what it says. Raises LedgerError where nothing is published yet."""
        found = self._shelf.read_checkpoint()
        if found is None:
            raise LedgerError(
                worded("the log has not begun"), remedy=worded("Start the worker: it seals within a minute")
            )
        return found[0], claimed(found[0])


def _no_connector(asked: str | None, known: str) -> str:
    return worded("there was no connector %(asked)s: %(known)s", asked=repr(asked), known=known)


def _proved(entry: Entry, checkpoint: Checkpoint, hashes: TileHashes) -> dict[str, Any]:
    said: dict[str, Any] = {"index": entry.index, "entry": entry.body.decode()}
    if entry.index < checkpoint.size:
        proof = inclusion_proof(entry.index, checkpoint.size, hashes)
        said["proof"] = [b64encode(part).decode() for part in proof]
    return said


class _Inquiry:
    """About one EVSE, in one view of the database."""

    def __init__(self, connection: Connection, asked: Asked, words: tuple[str, Tell]) -> None:
        self._connection = connection
        self._asked = asked
        self._words = words
        self._point: Entry | None = None
        self._known: dict[int, Entry] = {}
        self._last: dict[str, tuple[Millis, Millis, Entry | None]] = {}
        """By subject: from when until before when this is what was said last of it, as far as was looked."""
        self._book = PriceBook()
        self.used: dict[int, Entry] = {}
        """By index: all that the answer rests on."""

    def named(self) -> dict[str, Any]:
        content = self._point.content if self._point else {}
        names = ("party", "location_id", "evse_uid", "evse_id")
        return {name: content[name] for name in names if name in content}

    def begin(self, since: Millis) -> Millis:
        """`since`, or when it was published first. Raises NotInLedger where it never was."""
        first = self._first()
        if first is None:
            raise self._never()
        return max(since, first)

    def moments(self, at: Millis) -> list[dict[str, Any]]:
        """One per connector. Raises NotInLedger."""
        point = self._point = self._find(at)
        manifest = self._last_of(MANIFESTS, at)
        content = point.content
        if content["kind"] == EntryKind.ENDED:
            self._use(point)
            return [ended_moment(point, at)]
        connectors = connectors_of(content, self._asked.connector)
        if not connectors:
            known = ", ".join(one["id"] for one in content["connectors"])
            raise NotInLedger(_no_connector(self._asked.connector, known), where=str(self._asked))
        found = []
        for connector in connectors:
            tariffs = list(self._tariffs(content, connector, at))
            self._use(point, *tariffs, *([manifest] if manifest else []))
            found.append(moment_of(point, connector["id"], tariffs, manifest, at, self._book, *self._words))
        return found

    def offers(self, at: Millis) -> tuple[str, tuple[AdhocPrice, ...]]:
        content = self._find(at).content
        zone = content.get("time_zone", "")
        for connector in connectors_of(content, self._asked.connector):
            return zone, prices_of(connector, list(self._tariffs(content, connector, at)), zone, self._book, at)
        return zone, ()

    def next_change(self, at: Millis, until: Millis) -> Millis:
        """Of the EVSE, of a tariff that it names, or by time alone; `until` where there is none before."""
        assert self._point is not None
        content = self._point.content
        subjects, times = {subject_of(content)}, [until]
        for connector in connectors_of(content, self._asked.connector):
            subjects |= {self._subject(content, id_) for id_ in named_tariffs(connector)}
            tariffs = list(self._tariffs(content, connector, at))
            change = next_change(connector, tariffs, content.get("time_zone"), at, self._book)
            times += [change] if change is not None else []
        return min(*times, *(self._last[subject][1] for subject in subjects))

    def _find(self, at: Millis) -> Entry:
        asked, connection = self._asked, self._connection
        if asked.subject:
            found = self._last_of(asked.subject, at)
        else:
            found = rows.last_of_evse(connection, compare_key(asked.evse_id), at)
            last = found and self._last_of(subject_of(found.content), at)
            if found and last and last.index != found.index and last.content["kind"] != EntryKind.ENDED:
                raise NotInLedger(worded("by %(time)s the EVSE had another id", time=format_time(at)), where=str(asked))
            found = last
        if found is None:
            first = self._first()
            raise self._never() if first is None else self._too_early(at, first)
        return found

    def _tariffs(self, point: Body, connector: Body, at: Millis) -> Iterator[Entry]:
        for id_ in named_tariffs(connector):
            found = self._last_of(self._subject(point, id_), at)
            if found is not None:
                yield found

    def _last_of(self, subject: str, at: Millis) -> Entry | None:
        """As `rows.last_of`; it is asked once for all the time in which nothing else is said."""
        since, until, found = self._last.get(subject, (0, 0, None))
        if not since <= at < until:
            found = self._same(rows.last_of(self._connection, subject, at))
            later = rows.next_time(self._connection, subject, at)
            self._last[subject] = at, NEVER if later is None else later, found
        return found

    def _same(self, entry: Entry | None) -> Entry | None:
        """The object that was read for it before: the book tells tariffs apart by identity."""
        return entry and self._known.setdefault(entry.index, entry)

    def _use(self, *entries: Entry) -> None:
        self.used |= {entry.index: entry for entry in entries}

    def _first(self) -> Millis | None:
        if self._asked.subject:
            return rows.first_time(self._connection, self._asked.subject)
        return rows.first_time_of_evse(self._connection, compare_key(self._asked.evse_id))

    def _never(self) -> NotInLedger:
        what = worded("no price was ever published for this EVSE")
        return NotInLedger(what, where=str(self._asked), remedy=worded("Check the id"))

    def _too_early(self, at: Millis, first: Millis) -> NotInLedger:
        begun = rows.first_time(self._connection)
        what = worded("the ledger knows of this EVSE from %(first)s on", first=format_time(first))
        if begun is not None and begun > at:
            what = together(what, worded("the log begins at %(time)s", time=format_time(begun)))
        remedy = worded("What it cost before cannot be proved either way")
        return NotInLedger(what, where=str(self._asked), remedy=remedy)

    @staticmethod
    def _subject(point: Body, tariff_id: str) -> str:
        return tariff_subject(f"{point['party']}/{tariff_id}".lower())
