"""What a price was, out of the proved entries of a bundle alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from app.clock import Millis, format_time, parse_time
from app.errors import NotInLedger
from app.ledger.asking import Asked
from app.ledger.bundle import Bundle
from app.ledger.entries import MANIFESTS, Body, Entry, EntryKind, subject_of, tariff_subject
from app.ledger.pricing import connectors_of, ended_moment, moment_of, named_tariffs
from app.model.identifiers import compare_key


def answer_of(bundle: Bundle, entries: Iterable[Entry], asked: Asked, at: Millis) -> dict[str, Any]:
    """As `Auditor.price`; `entries` are those of the bundle that are proved.

    That nothing else was published between them and `at`, a bundle cannot show. Raises NotInLedger.
    """
    in_order = sorted(entries, key=lambda entry: (str(entry.content["published_at"]), entry.index))
    held = _Held(in_order, at)
    point = held.last(_about(asked))
    if point is None:
        remedy = "Export it with --from before the session"
        raise NotInLedger(
            f"the bundle holds nothing of it from before {format_time(at)}", where=str(asked), remedy=remedy
        )
    moments = list(_moments(held, point, asked, at))
    rests_on = {index for moment in moments for index in moment["rests_on"]}
    proofs = [one for one in bundle.evidence["entries"] if one["index"] in rests_on]
    names = ("party", "location_id", "evse_uid", "evse_id")
    return {
        "evse": {name: point.content[name] for name in names if name in point.content},
        "moments": moments,
        "evidence": {**bundle.evidence, "entries": proofs},
    }


class _Held:
    """Entries in the order in which they were published."""

    def __init__(self, entries: list[Entry], at: Millis) -> None:
        self._by_then = [entry for entry in entries if parse_time(entry.content["published_at"]) <= at]
        self._later = {subject_of(entry.content) for entry in entries[len(self._by_then) :]}

    def last(self, wanted: Callable[[Body], bool]) -> Entry | None:
        return next((entry for entry in reversed(self._by_then) if wanted(entry.content)), None)

    def of(self, subject: str) -> Entry | None:
        """Raises NotInLedger where the bundle has it of later only."""
        found = self.last(lambda content: subject_of(content) == subject)
        if found is None and subject in self._later:
            remedy = "Export it with --from before the session"
            raise NotInLedger("the bundle holds it of later only", where=subject, remedy=remedy)
        return found


def _about(asked: Asked) -> Callable[[Body], bool]:
    if asked.subject:
        return lambda content: subject_of(content) == asked.subject
    key = compare_key(asked.evse_id)
    return lambda content: "evse_id" in content and compare_key(content["evse_id"]) == key


def _moments(held: _Held, point: Entry, asked: Asked, at: Millis) -> Iterator[dict[str, Any]]:
    content = point.content
    if content["kind"] == EntryKind.ENDED:
        yield ended_moment(point, at)
        return
    connectors = connectors_of(content, asked.connector)
    if not connectors:
        raise NotInLedger(f"there was no connector {asked.connector!r}", where=str(asked))
    for connector in connectors:
        subjects = (tariff_subject(f"{content['party']}/{id_}".lower()) for id_ in named_tariffs(connector))
        tariffs = [found for found in map(held.of, subjects) if found is not None]
        yield moment_of(point, connector["id"], tariffs, held.of(MANIFESTS), at)
