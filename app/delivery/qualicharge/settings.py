"""Settings of QualiCharge."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from app.delivery.settings import Country, HttpSettings
from app.model.duration import Duration


class QualiChargeSettings(HttpSettings):
    """France's QualiCharge. Ask for an account with the scopes `static` and `dynamic` for your operational units (`FRXXX`)."""

    type: Literal["qualicharge"] = "qualicharge"
    """`qualicharge`."""
    url: str = Field(examples=["https://staging.qualicharge.incubateur.net/api/v1"])
    """Base of its API: staging first, production once that was validated."""
    username: str
    """Of the account."""
    password: SecretStr
    """Of the account."""
    user_agent: str = Field(min_length=3)
    """The company that is technically responsible, which QualiCharge wants to see in each request (`User-Agent`)."""
    batch_size: int = Field(10, ge=1, le=10_000)
    """Points in one request, as QualiCharge allows the account; ask for the value that holds in production."""
    countries: frozenset[Country] = frozenset({"FRA", "GLP", "GUF", "MTQ", "MYT", "REU", "SPM", "BLM", "MAF"})
    """Of which countries' sites it learns: ISO 3166-1 alpha-3; France and its territories unless said otherwise."""
    pause: Duration = 2
    """Shortest time between the beginnings of two requests (announced: 30 batches of statuses a minute)."""

    sessions: bool = False
    """Whether charging sessions of DC points are sent too, out of `private`; the account needs rights to write them."""

    @field_validator("url")
    @classmethod
    def _web(cls, url: str) -> str:
        if not url.lower().startswith(("https://", "http://127.0.0.1")):
            raise ValueError("must start with https://: a password is sent there")
        return url.rstrip("/")
