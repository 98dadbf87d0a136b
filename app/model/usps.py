"""Two-letter codes of the United States Postal Service (Publication 28), and what a ZIP code looks like."""

from __future__ import annotations

import re

TERRITORIES = {"ASM": "AS", "GUM": "GU", "MNP": "MP", "PRI": "PR", "VIR": "VI"}
"""ISO 3166-1 alpha-3 of territories that have codes of their own there → what the USPS writes."""
UNITED_STATES = frozenset({"USA", *TERRITORIES})
"""ISO 3166-1 alpha-3."""
NAMES = {
    "AL": "Alabama", "AK": "Alaska", "AS": "American Samoa", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "GU": "Guam", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan",
    "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "MP": "Northern Mariana Islands", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VI": "U.S. Virgin Islands", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip
ZIP = re.compile(r"(?P<zip>[0-9]{5})(?:-?(?P<plus4>[0-9]{4}))?")
_CODES = {word.lower(): code for code, name in NAMES.items() for word in (code, name)}


def state_code(state: str | None, country: str) -> str | None:
    """`CA` of `California`, `ca` or `US-CA`; a territory's own where no state is said. None: no state of the United States."""
    if not state:
        return TERRITORIES.get(country)
    return _CODES.get(state.strip().lower().removeprefix("us-"))


def zip_code(postal_code: str | None) -> tuple[str | None, str | None]:
    """The five digits, and the four behind them; None: not said, or no ZIP code."""
    found = ZIP.fullmatch((postal_code or "").strip())
    return (found["zip"], found["plus4"]) if found else (None, None)
