"""An entry in words, for people who read the log."""

from __future__ import annotations

from collections.abc import Iterator

from app.ledger.entries import Body, Entry, EntryKind
from app.ledger.pricing import LANGUAGE, named_tariffs
from app.model.tariff import Tariff
from app.tariffs.explain import in_short

_HASH_SHOWN = 16


def told(entry: Entry) -> str:
    """In a sentence: `Tariff T1 of DE*ABC: 0.59 €/kWh; incl. 19% VAT.`"""
    content = entry.content
    match EntryKind(content["kind"]):
        case EntryKind.MANIFEST:
            return f"The snapshots of the feed were published; their manifest has the SHA-256 {content['sha256'][:_HASH_SHOWN]}…."
        case EntryKind.ENDED:
            return _ended(content)
        case EntryKind.TARIFF:
            return f"Tariff {content['id']} of {content['party']}: {_price(content)}."
        case EntryKind.CONNECTORS:
            return f"{_evse(content)}: {'; '.join(_connectors(content))}."


def _ended(content: Body) -> str:
    if "evse_uid" in content:
        return f"{_evse(content)}: no tariff holds there any more."
    return f"Tariff {content['tariff_id']} of {content['party']} holds no more."


def _price(content: Body) -> str:
    if "tariff" not in content:
        return "it is too long for an entry, which holds its hash; the snapshots have it"
    return in_short(Tariff.model_validate(content["tariff"]), LANGUAGE).removesuffix(".")


def _evse(content: Body) -> str:
    return f"Charge point {content.get('evse_id') or content['evse_uid']} at location {content['location_id']}"


def _connectors(content: Body) -> Iterator[str]:
    if "connectors" not in content:
        yield "its connectors are too long for an entry, which holds their hash; the snapshots have them"
    for connector in content.get("connectors", ()):
        tariffs = named_tariffs(connector)
        noun = "tariff" if len(tariffs) == 1 else "tariffs"
        yield (
            f"connector {connector['id']} has {noun} {', '.join(tariffs)}"
            if tariffs
            else (f"connector {connector['id']} has no tariff")
        )
