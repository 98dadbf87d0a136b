"""What the access point of a country takes: one file per country in `config/profiles`, named after its code (`de.yaml`).

A profile holds facts about others: each says where it is from and how far it was verified. What is not known is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from app.compliance.catalogue import AFIR
from app.compliance.element import Element, Limits
from app.compliance.reading import read_one
from app.compliance.rule import Rule
from app.errors import ConfigError
from app.model.part import Part


class Regime(StrEnum):
    AFIR = "AFIR"
    NATIONAL = "national"
    """Outside the Union: the country's own law, or none."""


class Confidence(StrEnum):
    VERIFIED = "verified"
    """Read in law, official documentation or an official repository."""
    PARTLY = "partly"
    """What is taken in is, or how, but not both."""
    UNVERIFIED = "unverified"
    """Inferred, or not public: ask before relying on it."""


class Movement(StrEnum):
    PULL = "pull"
    PUSH = "push"
    BOTH = "pull and push"
    UNKNOWN = "unknown"


class IdStyle(StrEnum):
    SEPARATORS = "with separators"
    PLAIN = "without separators"
    AS_ISSUED = "as issued"


class TaxBasis(StrEnum):
    GROSS = "gross"
    NET = "net"
    TAGGED = "as tagged"
    """The format says for each price whether tax is included."""
    NONE = "no price"
    UNKNOWN = "unknown"


class InvalidRows(StrEnum):
    """What is done with an object that the target's own rules refuse."""

    QUARANTINE = "quarantine"
    """Left out, since one would have the whole file refused."""
    REFUSE = "refuse the object"
    WARN = "publish with a warning"
    UNKNOWN = "unknown"


class Feed(Part):
    format: str
    """`OCPI 2.2.1`, `DATEX II 3.7`."""
    paths: tuple[Annotated[str, Field(pattern=r"^/(open|ocpi)/\S+$")], ...] = Field(min_length=1)
    """Below the publisher's address; `{party}` stands for DE-ABC."""
    note: str = ""


class Transport(Part):
    kind: Movement
    destination: str | None = None
    """Type of the destination that pushes; None: nothing is pushed, or there is none that can."""
    access: str = ""
    """Who may read, or with what they are asked in."""
    note: str = ""


class Ids(Part):
    style: IdStyle
    issuer: str = ""
    """Who gives operator ids out; empty: not known."""
    example: str = ""


class Organisations(Part):
    """Which field of a location names whom."""

    legal: str = "operator.legal_name"
    commercial: str = "operator.name"
    note: str = ""


class Profile(Part):
    country: str = Field(pattern="^[A-Z]{2}$")
    """ISO 3166-1 alpha-2."""
    name: str
    portal: str
    """The access point, and who runs it."""
    regime: Regime = Regime.AFIR
    feeds: tuple[Feed, ...] = Field(min_length=1)
    """Of ours, that serve it; the one it asks for first."""
    transport: Transport
    licence: Annotated[str, Field(pattern="^https://")] | None = None
    """That the access point asks for or uses; None: none is set."""
    ids: Ids
    tax: TaxBasis
    price_text: Annotated[str, Field(pattern="^pence per kWh$")] | None = None
    """What the texts of its OCPI 2.2.1 tariffs state beside `elements`, against OCPI; None: nothing."""
    invalid_rows: InvalidRows = InvalidRows.UNKNOWN
    limits: Limits = Limits()
    organisations: Organisations = Organisations()
    required: tuple[Element, ...] = ()
    """Beyond AFIR."""
    registration: tuple[str, ...] = Field(min_length=1)
    """Steps, in words."""
    confidence: Confidence
    source: str = Field(min_length=1)
    """Where it is from."""
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _codes_differ(self) -> Self:
        codes = [one.code for one in self.required]
        for code in codes:
            if codes.count(code) > 1:
                raise ValueError(f"`required` has {code} twice")
        return self

    def rules(self) -> tuple[Rule, ...]:
        """`nl-opening-times` and so on, reported with AFIR."""
        rules = (one.rule(self.country.lower(), "", self.limits) for one in self.required)
        return tuple(replace(rule, regime=AFIR) for rule in rules)


def read_profile(path: Path) -> Profile:
    """Raises ConfigError with file and line."""
    found = read_one(path, Profile)
    if path.stem != found.country.lower():
        raise ConfigError(
            f"a profile of {found.country}", where=str(path), remedy=f"Name the file {found.country.lower()}.yaml"
        )
    return found


def profile_names(folder: Path) -> tuple[str, ...]:
    """`de`, `fr` … that there are."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def read_profiles(folder: Path, names: Iterable[str] | None = None) -> Sequence[Profile]:
    """All, or those named. Raises ConfigError for one there is not."""
    known = profile_names(folder)
    for name in names or ():
        if name not in known:
            raise ConfigError(f"no profile {name!r}", where="profiles", remedy=f"There are {', '.join(known)}")
    return [read_profile(folder / f"{name}.yaml") for name in (known if names is None else names)]
