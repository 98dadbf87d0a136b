"""An entry in words, for people who read the log."""

from __future__ import annotations

from collections.abc import Iterator

from app.ledger.entries import Body, Entry, EntryKind
from app.ledger.pricing import LANGUAGE, named_tariffs
from app.model.tariff import Tariff
from app.tariffs.explain import in_short
from app.wording import Worded, counted, worded

_HASH_SHOWN = 16


def told(entry: Entry, language: str = LANGUAGE) -> Worded:
    """In a sentence: `Tariff T1 of DE*ABC: 0.59 €/kWh; incl. 19% VAT.` `language`: of the price."""
    content = entry.content
    match EntryKind(content["kind"]):
        case EntryKind.MANIFEST:
            return worded(
                "The snapshots of the feed were published; their manifest has the SHA-256 %(hash)s….",
                hash=content["sha256"][:_HASH_SHOWN],
            )
        case EntryKind.ENDED:
            return _ended(content)
        case EntryKind.TARIFF:
            named = {"id": content["id"], "party": content["party"]}
            return worded("Tariff %(id)s of %(party)s: %(price)s.", **named, price=_price(content, language))
        case EntryKind.CONNECTORS:
            return worded("%(point)s: %(connectors)s.", point=_evse(content), connectors=tuple(_connectors(content)))


def _ended(content: Body) -> Worded:
    if "evse_uid" in content:
        return worded("%(point)s: no tariff holds there any more.", point=_evse(content))
    return worded("Tariff %(id)s of %(party)s holds no more.", id=content["tariff_id"], party=content["party"])


def _price(content: Body, language: str) -> str:
    if "tariff" not in content:
        return worded("it is too long for an entry, which holds its hash; the snapshots have it")
    return in_short(Tariff.model_validate(content["tariff"]), language).removesuffix(".")


def _evse(content: Body) -> Worded:
    named = {"evse": content.get("evse_id") or content["evse_uid"], "location": content["location_id"]}
    return worded("Charge point %(evse)s at location %(location)s", **named)


def _connectors(content: Body) -> Iterator[Worded]:
    if "connectors" not in content:
        yield worded("its connectors are too long for an entry, which holds their hash; the snapshots have them")
    for connector in content.get("connectors", ()):
        tariffs = named_tariffs(connector)
        named = {"id": connector["id"], "tariffs": ", ".join(tariffs)}
        yield (
            counted(
                len(tariffs),
                "connector %(id)s has tariff %(tariffs)s",
                "connector %(id)s has tariffs %(tariffs)s",
                **named,
            )
            if tariffs
            else worded("connector %(id)s has no tariff", id=connector["id"])
        )
