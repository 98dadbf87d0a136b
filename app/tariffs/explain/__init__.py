"""A tariff in plain language, for drivers and auditors: `explain(tariff, language)`, on one line `in_short(tariff, language)`.

1. What is said, in no language (`said`): a base price per component and its exceptions, the terms of an occupancy fee, limits,
   taxes, validity. From the price plan where the tariff carries it (`of_plan`), else from its elements (`of_tariff`, `rules`).
2. Told in a language: its phrases (`catalogue`, one file each), numbers and dates as the country writes them (`words`).
3. Two of them side by side: what is the same, what was added, removed or changed (`difference`).

Prices come with VAT where its rate is known. What had to be rounded is said to be about so much.
"""

from app.tariffs.explain.catalogue import LANGUAGES, UnknownLanguage
from app.tariffs.explain.difference import Difference, Kind, prices_compared, tariffs_compared
from app.tariffs.explain.sentences import bare_now, explain, explain_now, in_short, in_short_now

__all__ = [
    "LANGUAGES",
    "Difference",
    "Kind",
    "UnknownLanguage",
    "bare_now",
    "explain",
    "explain_now",
    "in_short",
    "in_short_now",
    "prices_compared",
    "tariffs_compared",
]
