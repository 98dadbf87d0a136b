"""Two tariffs side by side: which sentences are the same, which words differ, and by how much each price changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import SequenceMatcher
from enum import StrEnum

from app.model.money import Price
from app.model.tariff import Tariff
from app.tariffs.adhoc.price import AdhocPrice
from app.tariffs.explain import words
from app.tariffs.explain.catalogue import spoken
from app.tariffs.explain.of_tariff import said_now, said_of
from app.tariffs.explain.phrases import Phrases
from app.tariffs.explain.said import Said
from app.tariffs.explain.sentences import explain

ALIKE = 0.5
"""Share of two sentences that must agree for one to be the other, changed."""
_HUNDRED = Decimal(100)


class Kind(StrEnum):
    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    changed: bool
    """It is not in the other sentence."""


@dataclass(frozen=True, slots=True)
class SentencePair:
    kind: Kind
    before: tuple[Piece, ...]
    """Empty: it was added."""
    after: tuple[Piece, ...]
    """Empty: it was removed."""


@dataclass(frozen=True, slots=True)
class PricePair:
    kind: Kind
    what: str
    """`energy`, `charging time`, `minimum` …"""
    when: str
    """In words; empty: otherwise, or always."""
    before: str
    """`0.59 €/kWh`; empty: there was none."""
    after: str
    change: str = ""
    """`+0.05 €/kWh`; empty: the two cannot be compared (another currency, other taxes), or are the same."""
    percent: str = ""
    """`+9%`; empty also where it was free before."""


@dataclass(frozen=True, slots=True)
class Difference:
    sentences: tuple[SentencePair, ...]
    prices: tuple[PricePair, ...]


def tariffs_compared(before: Tariff, after: Tariff, language: str, time_zone: str | None = None) -> Difference:
    """All that two tariffs say. `time_zone` as for `explain`. Raises UnknownLanguage."""
    told = (explain(tariff, language, time_zone=time_zone) for tariff in (before, after))
    phrases = Phrases(*spoken(language, after.country_code))
    said = said_of(before, time_zone), said_of(after, time_zone)
    return Difference(sentences_compared(*told), tuple(_prices_compared(*said, phrases)))


def prices_compared(before: AdhocPrice, after: AdhocPrice, language: str) -> tuple[PricePair, ...]:
    """What two tariffs cost at a moment each. Raises UnknownLanguage."""
    phrases = Phrases(*spoken(language, after.tariff.country_code))
    return tuple(_prices_compared(said_now(before), said_now(after), phrases))


def sentences_compared(before: Sequence[str], after: Sequence[str]) -> tuple[SentencePair, ...]:
    """In the order of both; what stands for each other is one pair."""
    return tuple(_sentences(before, after))


def _sentences(before: Sequence[str], after: Sequence[str]) -> Iterator[SentencePair]:
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            for sentence in before[i:j]:
                whole = (Piece(sentence, changed=False),)
                yield SentencePair(Kind.SAME, whole, whole)
        else:
            yield from _replaced(before[i:j], list(after[k:m]))


def _replaced(before: Sequence[str], after: list[str]) -> Iterator[SentencePair]:
    for sentence in before:
        ratios = [SequenceMatcher(None, sentence, other, autojunk=False).ratio() for other in after]
        best = max(ratios, default=0.0)
        if best < ALIKE:
            yield SentencePair(Kind.REMOVED, (Piece(sentence, changed=True),), ())
            continue
        place = ratios.index(best)
        for added in after[:place]:
            yield SentencePair(Kind.ADDED, (), (Piece(added, changed=True),))
        yield SentencePair(Kind.CHANGED, *_pieces(sentence, after[place]))
        del after[: place + 1]
    for added in after:
        yield SentencePair(Kind.ADDED, (), (Piece(added, changed=True),))


def _pieces(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """By words; spaces that must not break hold an amount and its unit together."""
    old, new = before.split(" "), after.split(" ")
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    left = [Piece(" ".join(old[i:j]), tag != "equal") for tag, i, j, _, _ in codes if j > i]
    right = [Piece(" ".join(new[k:m]), tag != "equal") for tag, _, _, k, m in codes if m > k]
    return tuple(left), tuple(right)


def _prices_compared(before: Said, after: Said, phrases: Phrases) -> Iterator[PricePair]:
    old, new = dict(_prices(before, phrases)), dict(_prices(after, phrases))
    for key in dict.fromkeys((*old, *new)):
        yield _pair(*key, old.get(key), new.get(key), phrases)


def _prices(said: Said, phrases: Phrases) -> Iterator[tuple[tuple[str, str], Price]]:
    """By what it is for and when; a base price of 0 is what its exceptions leave free."""
    for item in said.items:
        for charge in item.charges:
            yield (item.subject.replace("_", " "), phrases.whens(charge.when) if charge.when else ""), charge.price
    for name, limit in (("minimum", said.minimum), ("maximum", said.maximum)):
        if limit:
            yield (name, ""), limit


def _pair(what: str, when: str, before: Price | None, after: Price | None, phrases: Phrases) -> PricePair:
    old, new = (None if price is None else price.gross() or price for price in (before, after))
    told = tuple("" if price is None else phrases.price(price) for price in (before, after))
    pair = PricePair(_kind(old, new), what, when, told[0], told[1])
    if old is None or new is None or pair.kind is Kind.SAME or (old.currency, old.basis) != (new.currency, new.basis):
        return pair
    step = new.amount - old.amount
    sign = "+" if step > 0 else "−"
    share = f"{sign}{words.percent(phrases.locale, _share(step, old.amount))}" if old.amount else ""
    return replace(pair, change=f"{sign}{phrases.price(replace(new, amount=abs(step)))}", percent=share)


def _kind(old: Price | None, new: Price | None) -> Kind:
    if old is None or new is None:
        return Kind.ADDED if old is None else Kind.REMOVED
    same = (old.amount, old.currency, old.basis) == (new.amount, new.currency, new.basis)
    return Kind.SAME if same else Kind.CHANGED


def _share(step: Decimal, whole: Decimal) -> Decimal:
    """In percent; with a decimal below 10."""
    share = abs(step / whole) * _HUNDRED
    return round(share, 1 if share < 10 else 0)
