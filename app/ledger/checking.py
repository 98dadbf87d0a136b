"""Checks a bundle from scratch: who signed, that each entry is in the signed tree, and that the answers follow from the entries.

It takes nothing on trust but the keys it is given. What a bundle cannot show is said too: that there is no further entry beside
those it holds, which only the whole log shows (`verifying`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.clock import parse_time
from app.errors import LedgerError, ProofFailed
from app.ledger.bundle import Bundle
from app.ledger.checkpoint import Checkpoint, open_checkpoint
from app.ledger.entries import Body, Entry, EntryKind, evse_subject, subject_of, tariff_subject
from app.ledger.note import Verifier, parse_verifier
from app.ledger.pricing import connectors_of, ended_moment, moment_of, named_tariffs
from app.ledger.tree import leaf_hash, verify_inclusion
from app.tariffs.adhoc import PriceBook

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    """signature, entries, answers, completeness."""
    holds: bool | None
    """None: it cannot be told."""
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    findings: tuple[Finding, ...]
    checkpoint: Checkpoint | None
    """As signed by a known key; None: by none."""
    entries: Mapping[int, Entry] = field(default_factory=dict)
    """Those that are proved, by index."""

    @property
    def holds(self) -> bool:
        return all(finding.holds is not False for finding in self.findings)


def check_bundle(bundle: Bundle, trusted: Sequence[Verifier]) -> Verdict:
    """`trusted`: the operator's keys, from elsewhere; none: those in the bundle, which proves only that it fits together."""
    findings: list[Finding] = []
    try:
        checkpoint, signature = _signature(bundle, trusted)
        findings.append(signature)
        entries = dict(_entries(bundle, checkpoint, findings))
    except LedgerError as error:
        failed = Finding("signature" if not findings else "entries", False, str(error))
        return Verdict((*findings, failed, _unproved()), None)
    findings += [_answers(bundle, entries), _complete()]
    return Verdict(tuple(findings), checkpoint, entries)


def _signature(bundle: Bundle, trusted: Sequence[Verifier]) -> tuple[Checkpoint, Finding]:
    own = [] if trusted else [parse_verifier(text) for text in bundle.evidence.get("keys", ())]
    checkpoint, note = open_checkpoint(bundle.evidence["checkpoint"].encode(), trusted or own)
    names = ", ".join(verifier.text for verifier, _ in note.signed_by)
    if trusted:
        words = f"The checkpoint of {checkpoint.size} entries of {checkpoint.origin} is signed by {names}."
        return checkpoint, Finding("signature", True, words)
    words = (
        f"Signed by {names}, which came with the bundle: compare it with the key that the operator publishes (--key)."
    )
    return checkpoint, Finding("signature", None, words)


def _entries(bundle: Bundle, checkpoint: Checkpoint, findings: list[Finding]) -> Iterator[tuple[int, Entry]]:
    """Those whose proof holds, by index."""
    proved, failed = 0, list[str]()
    for entry, proof in bundle.proofs():
        try:
            if proof is None:
                raise ProofFailed(f"entry {entry.index} was not public yet, and has no proof")
            verify_inclusion(leaf_hash(entry.body), entry.index, checkpoint.size, proof, checkpoint.root)
        except ProofFailed as error:
            failed.append(str(error))
        else:
            proved += 1
            yield entry.index, entry
    words = f"{proved} entries are in the signed log, each at its place." if not failed else _some(failed)
    findings.append(Finding("entries", not failed, words))


def _answers(bundle: Bundle, entries: Mapping[int, Entry]) -> Finding:
    book, failed, number = PriceBook(), list[str](), 0
    for answer in bundle.answers:
        try:
            for moment in answer["moments"]:
                number += 1
                _check_moment(answer["evse"], moment, entries, book)
        except ProofFailed as error:
            failed.append(str(error))
        except (LookupError, TypeError, ValueError, AttributeError):
            failed.append("an answer is not written as chargefeed writes it")
    words = f"{number} answers follow from these entries." if not failed else _some(failed)
    return Finding("answers", not failed, words)


def _check_moment(evse: Body, moment: Mapping[str, Any], entries: Mapping[int, Entry], book: PriceBook) -> None:
    where = f"{evse.get('evse_id') or evse['evse_uid']} at {moment['at']}"
    rests_on = [entries[index] for index in moment["rests_on"] if index in entries]
    if len(rests_on) != len(moment["rests_on"]):
        raise ProofFailed("it rests on entries that are not proved", where=where)
    if _moment(evse, moment, rests_on, book) != moment:
        raise ProofFailed("the entries say something else", where=where)


def _moment(evse: Body, moment: Mapping[str, Any], entries: Sequence[Entry], book: PriceBook) -> dict[str, Any]:
    """As it follows from the entries that it rests on."""
    at = parse_time(moment["at"])
    by_subject = {
        subject_of(entry.content): entry for entry in entries if parse_time(entry.content["published_at"]) <= at
    }
    key = f"{evse['party']}/{evse['location_id']}".lower()
    point = by_subject[evse_subject(key, evse["evse_uid"])]
    if point.content.get("evse_id") != evse.get("evse_id"):
        raise ProofFailed("the entry is of another EVSE id", where=str(evse.get("evse_id")))
    if point.content["kind"] == EntryKind.ENDED:
        return ended_moment(point, at)
    (connector,) = connectors_of(point.content, moment["connector_id"])
    subjects = [tariff_subject(f"{evse['party']}/{id_}".lower()) for id_ in named_tariffs(connector)]
    tariffs = [by_subject[subject] for subject in subjects if subject in by_subject]
    return moment_of(point, connector["id"], tariffs, by_subject.get("manifest"), at, book)


def _complete() -> Finding:
    words = "A bundle cannot show that nothing later was published: `chargefeed audit verify` with --log reads the whole log."
    return Finding("completeness", None, words)


def _unproved() -> Finding:
    return Finding("answers", None, "What the bundle says may be true; nothing of it is proved.")


def _some(failed: Sequence[str]) -> str:
    more = f" (and {len(failed) - MOST_NAMED} more)" if len(failed) > MOST_NAMED else ""
    return "; ".join(failed[:MOST_NAMED]) + more
