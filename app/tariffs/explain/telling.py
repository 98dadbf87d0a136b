"""The prices of one thing, told one after the other: the base, its exceptions, and the terms of an occupancy fee."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from app.model.money import Price, TaxBasis
from app.tariffs.explain import words
from app.tariffs.explain.phrases import Phrases
from app.tariffs.explain.said import Charge, Extra, Item, Said, Subject, Terms


@dataclass(frozen=True, slots=True)
class Telling:
    phrases: Phrases
    taxes_apart: bool = False
    """Taxes differ from price to price, and are told beside each."""

    @classmethod
    def of(cls, said: Said, phrases: Phrases) -> Telling:
        return cls(phrases, taxes_apart=len(taxes_of(said.prices)) > 1)

    def item(self, item: Item) -> str:
        prices = self._terms(item, item.terms) if item.terms else list(self._prices(item))
        comma = self.phrases.short or item.terms
        return (", " if comma else self.phrases.texts.say("price.separator")).join(prices)

    def extra(self, extra: Extra) -> str:
        """What a reservation or booking costs, all in one."""
        texts = self.phrases.texts
        prices = [price for item in extra.items for price in self._prices(item, once=item.subject is Subject.SESSION)]
        key = f"extra.{extra.occasion}"
        told = words.listed(self.phrases.locale, prices)
        if key not in texts.texts:
            return texts.say("extra.other", occasion=extra.occasion, prices=told)
        return texts.say(key, prices=told)

    def limit(self, price: Price, said: Said) -> str:
        """A minimum or maximum; before taxes where the prices are told with them."""
        amount = self.phrases.amount(replace(price, vat=None))
        if price.basis is not TaxBasis.NET or all(one.gross() is None for one in said.prices):
            return amount
        return self.phrases.texts.say("price.before_taxes", price=amount)

    def _prices(self, item: Item, *, once: bool = False) -> Iterator[str]:
        """`once`: an amount that is paid once, but not for a session."""
        texts, base = self.phrases.texts, item.base
        bare = once
        if base and (base.price.amount or not item.exceptions):
            yield self._charge(base, item, bare=bare)
            bare = once or (self.phrases.short and bool(base.price.amount))
        for charge in item.exceptions:
            price = self._charge(charge, item, bare=bare)
            yield texts.say("price.charge", price=price, when=self.phrases.whens(charge.when))
            bare = bare or (self.phrases.short and bool(charge.price.amount))
        yield from self._shared_block(item)
        if item.exceptions and not item.complete and not (base and base.price.amount):
            yield texts.say("price.otherwise_free")
        if item.ordered and self.phrases.short:
            yield texts.say("short.first_counts")

    def _charge(self, charge: Charge, item: Item, *, bare: bool = False) -> str:
        notes: list[str] = []
        if len(_blocks(item)) > 1 and charge.block > 1:
            notes.append(self.phrases.block(charge.block, charge.price.unit))
        if self.taxes_apart:
            notes.append(self.phrases.tax(charge.price, "tax"))
        return self.phrases.price(charge.price, notes, bare=bare)

    def _terms(self, item: Item, terms: Terms) -> list[str]:
        texts, phrases = self.phrases.texts, self.phrases
        price = self._charge(item.charges[0], item)
        grace = {"n": words.number(phrases.locale, terms.grace_minutes), "price": price}
        if item.subject is Subject.OCCUPANCY and terms.grace_minutes:
            price = texts.say("short.after_minutes" if phrases.short else "fee.after_minutes", **grace)
        elif item.subject is Subject.OCCUPANCY:
            price = texts.say("fee.from_start", price=price)
        elif terms.grace_minutes:
            price = texts.say_of(terms.grace_minutes, phrases.locale, "fee.after_idle", **grace)
        told = [price]
        if terms.exempt:
            when = words.listed(phrases.locale, [phrases.exempt(one) for one in terms.exempt])
            told.append(texts.say("short.except" if phrases.short else "fee.except", when=when))
        if terms.cap:
            told.append(texts.say("fee.cap", amount=phrases.amount(terms.cap)))
        return [*told, *self._shared_block(item)]

    def _shared_block(self, item: Item) -> Iterator[str]:
        blocks = _blocks(item)
        if len(blocks) == 1 and (size := min(blocks)) > 1:
            yield self.phrases.block(size, item.charges[0].price.unit)


def _blocks(item: Item) -> set[int]:
    return {charge.block for charge in item.charges if charge.price.amount}


def taxes_of(prices: Iterable[Price]) -> list[Price]:
    """One price for each tax that has to be told; a net price whose VAT is known is told gross."""
    found: dict[tuple[TaxBasis, object], Price] = {}
    for price in prices:
        told = price.gross() or price
        found.setdefault((told.basis, told.vat), told)
    return list(found.values())
