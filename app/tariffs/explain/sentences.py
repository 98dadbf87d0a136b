"""A tariff in full sentences, on one line, and as it stands at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.clock import from_millis
from app.model.tariff import Tariff
from app.tariffs.adhoc.price import AdhocPrice
from app.tariffs.explain import words
from app.tariffs.explain.catalogue import spoken
from app.tariffs.explain.of_tariff import said_now, said_of
from app.tariffs.explain.phrases import Phrases
from app.tariffs.explain.said import HolidayPlace, Item, Said, Subject, When
from app.tariffs.explain.telling import Telling, taxes_of


def explain(
    tariff: Tariff, language: str, *, time_zone: str | None = None, every_date: bool = False
) -> tuple[str, ...]:
    """Full sentences; prices in the order of Regulation (EU) 2023/1804, Art. 5(4).

    `language`: ISO 639-1 (`LANGUAGES`), with a country where numbers are to be written as there (`en-US`). `time_zone`: the
    location's (IANA); None: that of the tariff's price plan, else not known. `every_date`: all dates of a price by name, as
    an auditor wants them. Raises UnknownLanguage.
    """
    texts, locale = spoken(language, tariff.country_code)
    said = said_of(tariff, time_zone)
    return tuple(map(_ended, _Full(said, Phrases(texts, locale, every_date=every_date)).sentences()))


def in_short(tariff: Tariff, language: str) -> str:
    """On one line: `0.59 €/kWh, 0.79 € from 17:00 to 20:00; incl. 19% VAT`. Without whom it is for and how long it is valid."""
    return short_text(said_of(tariff), Phrases(*spoken(language, tariff.country_code), short=True))


def explain_now(price: AdhocPrice, language: str, time_zone: str, then: AdhocPrice | None = None) -> tuple[str, ...]:
    """What it costs at the time of the price, until when, and what then.

    `then`: the price at `price.next_change`; None: there is none, or it is not known.
    """
    texts, locale = spoken(language, price.tariff.country_code)
    prices, following, unknown = bare_now(price, language, time_zone, then)
    told = [texts.say("now.now", prices=prices)]
    if price.next_change is None:
        return _ended(*told), texts.say("now.always")
    if not (following or unknown):  # an occupancy fee begins or ends its hours, which the prices tell
        return (_ended(*told),)
    local = from_millis(price.next_change).astimezone(ZoneInfo(time_zone))
    until = words.moment(locale, local, texts.say("when.first_of_month"))
    told.append(texts.say("now.until", until=until, zone=time_zone))
    told.append(texts.say("now.then", prices=following) if following else unknown)
    return tuple(map(_ended, told))


def bare_now(price: AdhocPrice, language: str, time_zone: str, then: AdhocPrice | None = None) -> tuple[str, ...]:
    """As `explain_now`, without when: the price on one line, another one then, and a sentence where that is not known.

    What there is not is empty.
    """
    texts, locale = spoken(language, price.tariff.country_code)
    phrases = Phrases(texts, locale, short=True)
    prices = short_text(said_now(price), phrases)
    following = short_text(said_now(then), phrases) if then else ""
    if price.next_change is None or following == prices:
        return prices, "", ""
    return prices, following, "" if following else texts.say("now.unknown")


def in_short_now(price: AdhocPrice, language: str) -> str:
    """What it costs at the time of the price, on one line: `0.59 €/kWh; incl. 19% VAT`. Raises UnknownLanguage."""
    return short_text(said_now(price), Phrases(*spoken(language, price.tariff.country_code), short=True))


def short_text(said: Said, phrases: Phrases) -> str:
    parts = short_parts(said, Telling.of(said, phrases))
    taxes = taxes_of(said.prices)
    if len(taxes) == 1:
        parts.append(phrases.tax(taxes[0], "tax"))
    return phrases.texts.say("price.separator").join(parts)


def short_parts(said: Said, telling: Telling) -> list[str]:
    """One for each component, reservation and limit; what taxes they have is not among them."""
    texts = telling.phrases.texts
    if said.free:
        return [texts.say("price.free")]
    parts = [texts.say(f"short.{item.subject}", prices=telling.item(item)) for item in _worth_saying(said)]
    parts += [telling.extra(extra) for extra in said.extras]
    for key, limit in (("minimum", said.minimum), ("maximum", said.maximum)):
        if limit:
            parts.append(texts.say(f"short.{key}", amount=telling.limit(limit, said)))
    return parts


class _Full:
    def __init__(self, said: Said, phrases: Phrases) -> None:
        self._said = said
        self._phrases = phrases
        self._texts, self._locale = phrases.texts, phrases.locale

    def sentences(self) -> Iterator[str]:
        yield self._texts.say(f"audience.{self._said.audience}")
        yield from self._prices()
        if self._said.preauthorised:
            yield self._texts.say("full.preauthorised", amount=self._phrases.amount(self._said.preauthorised))
        yield from self._when()
        if note := (self._said.notes or {}).get(self._locale.language):
            yield self._texts.say("full.note", text=note)
        if self._said.url:
            yield self._texts.say("full.url", url=self._said.url)

    def _prices(self) -> Iterator[str]:
        said, texts, telling = self._said, self._texts, Telling.of(self._said, self._phrases)
        if said.free:
            yield texts.say("full.free")
            return
        for item in _worth_saying(said):
            sentence = texts.say(f"full.{item.subject}", prices=telling.item(item))
            yield f"{sentence} {texts.say('full.first_counts')}" if item.ordered else sentence
        for extra in said.extras:
            told = telling.extra(extra)
            yield f"{told[0].upper()}{told[1:]}."
        for key, limit in (("minimum", said.minimum), ("maximum", said.maximum)):
            if limit:
                yield texts.say(f"full.{key}", amount=telling.limit(limit, said))
        taxes = taxes_of(said.prices)
        if len(taxes) == 1:
            yield self._phrases.tax(taxes[0], "all")

    def _when(self) -> Iterator[str]:
        said, texts = self._said, self._texts
        if said.holidays:
            yield texts.say("full.holidays", place=self._place(said.holidays))
        if any(_asks_the_clock(when) for when in _whens(said)):
            zone = said.time_zone
            yield texts.say("full.local_time_in", zone=zone) if zone else texts.say("full.local_time")
        edges = {}
        if said.since:
            edges["since"] = self._moment(said.since)
        if said.until:
            edges["until"] = self._end(said.until)
        if edges:
            yield texts.say("full.valid_" + "_".join(edges), **edges)
        if said.announced:
            yield texts.say("full.announced", date=self._moment(said.announced))

    def _place(self, place: HolidayPlace) -> str:
        country = words.country(self._locale, place.country)
        return f"{place.region} ({country})" if place.region else country

    def _moment(self, at: datetime) -> str:
        """The day alone where it is its beginning."""
        local = self._local(at)
        if (local.hour, local.minute) == (0, 0):
            return self._phrases.day(local.date())
        text = words.moment(self._locale, local, self._texts.say("when.first_of_month"))
        return text if self._said.time_zone else f"{text} UTC"

    def _end(self, until: datetime) -> str:
        local = self._local(until)
        if (local.hour, local.minute) == (0, 0):
            return self._texts.say("full.day_included", date=self._phrases.day(local.date() - timedelta(1)))
        return self._moment(until)

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self._said.time_zone) if self._said.time_zone else UTC)


def _ended(sentence: str) -> str:
    """With one full stop, also after an abbreviation."""
    return sentence.removesuffix(".") if sentence.endswith("..") else sentence


def _worth_saying(said: Said) -> Iterator[Item]:
    """That energy is free is news; that a fee is 0 is not."""
    return (item for item in said.items if item.costs or item.subject is Subject.ENERGY)


def _whens(said: Said) -> Iterator[When]:
    for item in (*said.items, *(item for extra in said.extras for item in extra.items)):
        yield from (when for charge in item.charges for when in charge.when)
        if item.terms:
            yield from item.terms.exempt


def _asks_the_clock(when: When) -> bool:
    return bool(when.hours or when.dates or when.season or when.days is not None)
