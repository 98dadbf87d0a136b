"""Which pricing products hold at an EVSE (EVSEPricing), and the envelope that products are sent in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from app.clock import Millis, to_millis
from app.formats.oicp.conversion import Conversion, Record
from app.formats.oicp.ids import is_evse_id
from app.formats.oicp.pricing import Body, pricing_products
from app.model.canonical import canonical
from app.model.enums import TariffType
from app.model.loss import Loss
from app.model.money import PRICE_DECIMALS, Price, Unit
from app.model.tariff import Audience, Tariff

EVERYONE = "*"
"""As a provider id: all EMPs."""
_IDS = "evses[].connectors[].tariff_ids"
_UNITS = {Unit.KWH: "KILOWATT_HOUR", Unit.HOUR: "HOUR", Unit.MINUTE: "MINUTE"}


def evse_pricing(evse: Body, tariffs: Mapping[str, Body], at: Millis, provider_id: str = EVERYONE) -> Conversion:
    """The products of an EVSE at a time, as one record of eRoamingPushEVSEPricing.

    `evse` and `tariffs` are canonical JSON, tariffs by the ids that its connectors use, those of the past and the future too.
    Losses are those of the products.
    """
    evse_id = evse.get("evse_id", "")
    refusals = [] if is_evse_id(evse_id) else [Loss("evses[].evse_id", "no EvseID of OICP", evse_id)]
    found = {_for_roaming(connector, tariffs, at, provider_id) for connector in evse["connectors"]}
    ids = sorted({id_ for each in found for id_ in each})
    if len(found) > 1:
        reason = "products hold for an EVSE: connectors with different tariffs cannot be said"
        refusals.append(Loss(_IDS, reason, ", ".join(ids)))
    elif len(ids) != 1:
        refusals.append(
            Loss(_IDS, f"{'several tariffs' if ids else 'no tariff'} for roaming at that time", ", ".join(ids))
        )
    if refusals:
        return Conversion((), refusals=tuple(refusals))
    products = pricing_products(tariffs[ids[0]], evse["connectors"])
    if products.refusals:
        return products
    record = {
        "EvseID": evse_id,
        "ProviderID": provider_id,
        "EvseIDProductList": [product["ProductID"] for product in products.records],
    }
    return Conversion((record,), products.losses)


def pricing_product_data(
    products: Iterable[Record],
    operator_id: str,
    default: Price,
    *,
    operator_name: str | None = None,
    provider_id: str = EVERYONE,
) -> Record:
    """PricingProductData. `default` is what OICP charges at EVSEs without a product: per kWh, hour or minute.

    Raises ValueError for a default per session, or one whose price before taxes is not known.
    """
    net = default.net()
    if net is None or net.unit not in _UNITS:
        raise ValueError(f"no default price before taxes per kWh, hour or minute: {default}")
    data = {
        "OperatorID": operator_id,
        "OperatorName": operator_name,
        "ProviderID": provider_id,
        "PricingDefaultPrice": round(net.amount, PRICE_DECIMALS),
        "PricingDefaultPriceCurrency": net.currency,
        "PricingDefaultReferenceUnit": _UNITS[net.unit],
    }
    plain: Record = orjson.loads(canonical(data))
    return {**plain, "PricingProductDataRecords": [*products]}


def _for_roaming(connector: Body, tariffs: Mapping[str, Body], at: Millis, provider_id: str) -> tuple[str, ...]:
    """Ids of the tariffs valid then: those for contracts, else those for every session."""
    known = {id_: Tariff.model_validate(tariffs[id_]) for id_ in connector.get("tariff_ids", ()) if id_ in tariffs}
    open_to = {
        id_: tariff.type
        for id_, tariff in known.items()
        if _is_valid(tariff, at) and (tariff.audience is not Audience.GROUP or provider_id != EVERYONE)
    }
    for type_ in (TariffType.REGULAR, None):
        if found := tuple(sorted(id_ for id_, one in open_to.items() if one is type_)):
            return found
    return ()


def _is_valid(tariff: Tariff, at: Millis) -> bool:
    begin, end = tariff.start_date_time, tariff.end_date_time
    return (begin is None or to_millis(begin) <= at) and (end is None or at < to_millis(end))
