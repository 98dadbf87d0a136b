"""`chargefeed audit session`: each record of a file against the price that was public when it started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.billed_file import bills
from app.clock import Millis
from app.errors import ChargefeedError, NotInLedger, ProofFailed
from app.ledger.asking import Asked
from app.ledger.billing import Judgement, judge, told
from app.ledger.bundle import read_bundle
from app.ledger.checking import check_bundle
from app.ledger.note import Verifier
from app.ledger.offline import answer_of
from app.model.canonical import number_text
from app.tariffs.cost import Amount

Ask = Callable[[Asked, Millis], dict[str, Any]]
"""What a price was; raises NotInLedger."""


@dataclass(frozen=True, slots=True)
class Checked:
    where: str
    judgement: Judgement
    answer: dict[str, Any] | None
    """The price then, with its evidence; None: the ledger has none."""

    def told(self) -> dict[str, Any]:
        return {"record": self.where, **told(self.judgement), "price": self.answer}

    def lines(self) -> Iterator[tuple[str, str]]:
        yield "record", self.where
        yield "verdict", self.judgement.words
        currency = self.judgement.currency
        for what, due, billed in self.judgement.amounts:
            yield what, f"published {_amount(due)} {currency}, billed {_amount(billed)} {currency}"
        for moment in self.answer["moments"] if self.answer else ():
            yield "price then", f"connector {moment.get('connector_id', '-')}: {moment['words']}"
            yield "public since", moment["published"]["published_at"]
            yield "entries", ", ".join(str(index) for index in moment["rests_on"])
        for note in self.judgement.notes:
            yield "note", note


def checked(path: Path, ask: Ask) -> Iterator[Checked]:
    """Raises ChargefeedError for a file that cannot be read at all."""
    for where, bill in bills(path):
        if isinstance(bill, ChargefeedError):
            yield Checked(where, Judgement(None, f"Cannot tell: {bill}"), None)
            continue
        try:
            answer = ask(bill.asked, bill.facts.start)
        except NotInLedger as error:
            yield Checked(where, Judgement(None, f"Cannot tell: {error}"), None)
        else:
            yield Checked(where, judge(bill, answer), answer)


def from_bundle(path: Path, trusted: list[Verifier]) -> Ask:
    """Out of a bundle, which must hold. Raises ProofFailed."""
    bundle = read_bundle(path)
    verdict = check_bundle(bundle, trusted)
    if not verdict.holds or verdict.checkpoint is None:
        wrong = next(finding.words for finding in verdict.findings if finding.holds is False)
        raise ProofFailed(f"the bundle does not hold: {wrong}", where=str(path))
    return lambda asked, at: answer_of(bundle, verdict.entries.values(), asked, at)


def _amount(amount: Amount) -> str:
    """After taxes where that is known."""
    value, words = amount.after_taxes, ""
    if value is None:
        value, words = amount.before_taxes, " before taxes"
    return "?" if value is None else f"{number_text(round(value, 4))}{words}"
