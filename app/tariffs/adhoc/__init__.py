"""The ad hoc price, what a driver without a contract pays at a connector: `adhoc_prices(connector, tariffs, time_zone, at)`.

1. Which tariffs: of those valid at the time, those of the connector's `adhoc_offers`, then those of type AD_HOC_PAYMENT; where
   there are neither, those that hold for every session (no type). The first is the default (`book`).
2. Each as parts in the order of Regulation (EU) 2023/1804, Art. 5(4): per kWh, per minute, per session, then occupancy. Of the
   parts of one component the first whose condition holds counts (`parts`).
3. Since when it is so, and when it will next be otherwise (`changes`); what is known ahead of that (`upcoming`).
"""

from app.tariffs.adhoc.book import PriceBook, adhoc_prices, tariff_price
from app.tariffs.adhoc.price import AdhocPrice, Component, PricePart, compared
from app.tariffs.adhoc.upcoming import upcoming

__all__ = [
    "AdhocPrice",
    "Component",
    "PriceBook",
    "PricePart",
    "adhoc_prices",
    "compared",
    "tariff_price",
    "upcoming",
]
