"""Settings of Hubject."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator

from app.delivery.settings import CertifiedSettings
from app.formats.oicp.ids import operator_of
from app.formats.oicp.messages import OPERATOR_NAME, Sender
from app.model.identifiers import compare_key
from app.model.money import Price, TaxBasis, Unit
from app.model.part import Part

OperatorId = Annotated[str, Field(pattern=r"^([A-Z]{2}\*?[A-Z0-9]{3}|\+?[0-9]{1,3}\*[0-9]{3})$")]


class Operator(Part):
    """In whose name is pushed."""

    id: OperatorId
    """As it is in the certificate, `DE*SWM`, `DESWM` or `+49*536`: Hubject compares it letter by letter."""
    name: str = Field(min_length=1, max_length=OPERATOR_NAME)
    """`OperatorName`."""
    acts_for: tuple[OperatorId, ...] = ()
    """Other operators whose EVSEs are pushed in this one's name, once Hubject has set them up as its sub-operators; of an
    operator with the old form of id also the party of OCPI, `DE*SWM`, that its tariffs are of."""

    @property
    def sender(self) -> Sender:
        return Sender(self.id, self.name)


class Pricing(Part):
    """Prices before taxes, for all EMPs; Hubject has to have an active flexible or dynamic offer."""

    default_price: Decimal = Field(ge=0)
    """Before taxes: what is charged at EVSEs without a product …"""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    """… in which currency (ISO 4217) …"""
    unit: Literal["kWh", "h", "min"]
    """… and for which unit."""
    power: int = Field(gt=0)
    """kW of the fastest charger: `MaximumProductChargingPower` of every product, since no price that is sent depends on it."""

    @property
    def default(self) -> Price:
        return Price(self.default_price, self.currency, Unit(self.unit), TaxBasis.NET)


class Limits(Part):
    """Calls a minute, as Hubject's acceptable use policy has them unless agreed otherwise."""

    evse_data: int = Field(375, ge=1)
    """Of static data."""
    evse_status: int = Field(2000, ge=1)
    """Of statuses."""
    pricing: int = Field(6, ge=1)
    """Of products, and of which EVSE has which."""


class OicpSettings(CertifiedSettings):
    """Hubject (intercharge), by OICP 2.3. It has to have an active agreement for pushes, and our addresses on its list; nobody
    else may push for the same operators."""

    type: Literal["oicp"] = "oicp"
    """`oicp`."""
    url: str = Field(examples=["https://service-qa.hubject.com/api/oicp"])
    """Base of its API: https://service-qa.hubject.com/api/oicp for tests, https://service.hubject.com/api/oicp in production."""
    operators: tuple[Operator, ...] = Field(min_length=1)
    """In whose names is pushed. An EVSE goes to the operator in its EVSE id; one of nobody here is left out, and reported."""
    records: int = Field(500, ge=1)
    """EVSEs in one insert, update or delete."""
    full_load_least: int = Field(1, ge=1)
    """EVSEs that a full load, which replaces all there is of an operator, has at least; one with fewer waits for a person."""
    limits: Limits = Limits()
    """Calls a minute."""
    pricing: Pricing | None = None
    """Tariffs for every session that OICP can say exactly go to Hubject as products. None: no prices are sent, those of EVSEs are
    taken away again, and products stay that no EVSE has."""
    parallel: int = Field(1, ge=1, le=1)
    """Requests at one time: Hubject forbids more."""

    @field_validator("url")
    @classmethod
    def _secure(cls, url: str) -> str:
        if not url.lower().startswith("https://"):
            raise ValueError("must start with https://: Hubject knows an operator by its certificate")
        return url.rstrip("/")

    @field_validator("operators")
    @classmethod
    def _differ(cls, operators: tuple[Operator, ...]) -> tuple[Operator, ...]:
        named = [compare_key(id_) for each in operators for id_ in (each.id, *each.acts_for)]
        if twice := sorted({one for one in named if named.count(one) > 1}):
            raise ValueError(f"named twice: {', '.join(twice).upper()}; an EVSE has one operator")
        return operators

    def sender(self, operator_id: str) -> Sender | None:
        """Who speaks for an operator, or for a party of OCPI; None: nobody."""
        wanted = compare_key(operator_id)
        for each in self.operators:
            if wanted in map(compare_key, (each.id, *each.acts_for)):
                return each.sender
        return None

    def sender_of(self, evse_id: str) -> Sender | None:
        return self.sender(operator_of(evse_id))
