"""Settings of a CitrineOS source."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from app.model.duration import Duration
from app.sources.evse_ids import EvseIdSettings
from app.sources.http import HttpSettings
from app.sources.sql import checked_url


class CitrineosSettings(EvseIdSettings, HttpSettings):
    """CitrineOS 1.8, by a database user who may read or by Hasura: one of `database` and `url`."""

    type: Literal["citrineos"] = "citrineos"
    """`citrineos`."""
    database: SecretStr | None = None
    """Its database: `postgresql://user:password@host/citrine`."""
    url: str | None = Field(None, pattern=r"^https?://\S+$")
    """Its GraphQL server: `http://hasura.example:8090/v1/graphql`."""
    secret: SecretStr | None = None
    """Sent to Hasura as `x-hasura-admin-secret`; a JWT goes into `headers` instead."""
    page: int = Field(100, gt=0, le=10_000)
    """Stations, locations or tariffs asked for in one request to Hasura."""
    silent_after: Duration = Field(900, gt=0)
    """After so long without a message a charger is UNKNOWN, though CitrineOS may still call it online."""
    prices_include_vat: bool | None = None
    """Whether prices in its tariffs are with VAT, which it does not say. Not said: no tariffs are read."""
    tax_rate: Literal["percent", "fraction"] = "percent"
    """What `taxRate` of its tariffs is: 19, or 0.19."""

    @field_validator("database")
    @classmethod
    def _is_postgresql(cls, given: SecretStr | None) -> SecretStr | None:
        return given and checked_url(given, frozenset({"postgresql"}))

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.database is None) == (self.url is None):
            raise ValueError("give `database` or `url`, one of them")
        return self
