"""Settings of E-Control."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from app.delivery.settings import Country, HttpSettings

PLACES = frozenset({"country", "party", "id"})
_PLACE = re.compile(r"\{([^{}]*)\}")


class EControlSettings(HttpSettings):
    """Austria's register of charge points (Ladestellenverzeichnis). Unverified: built from the public description; what you were
    told at registration (admin.ladestellen.at) holds."""

    type: Literal["e-control"] = "e-control"
    """`e-control`."""
    station_url: str = Field(examples=["https://register.example/countries/{country}/operators/{party}/stations/{id}"])
    """Where one station is sent to; `{country}`, `{party}` and `{id}` stand for those of the location."""
    method: Literal["PUT", "POST"] = "PUT"
    """How."""
    removal: Literal["by-hand", "delete"] = "by-hand"
    """What becomes of a station that is gone: it is reported, for someone to take it out, or DELETEd at the same address."""
    api_key: SecretStr
    """Header `Apikey`."""
    referer: str
    """Header `Referer`: the address that was registered with the key, which is refused from any other."""
    queue_url: SecretStr
    """The broker of statuses: `amqps://user:password@host:5671/vhost`."""
    exchange: str = ""
    """Where statuses are published; the broker's default exchange unless said otherwise …"""
    routing_key: str = Field(min_length=1)
    """… and under which key; with the default exchange, the name of a queue."""
    payload: Literal["json", "datex2"] = "json"
    """Stations and statuses as the register's public API gives them out, or as DATEX II 3.5 (XML)."""
    countries: frozenset[Country] = frozenset({"AUT"})
    """Of which countries' sites it learns: ISO 3166-1 alpha-3; Austria unless said otherwise."""

    @field_validator("station_url")
    @classmethod
    def _is_template(cls, url: str) -> str:
        if not url.lower().startswith(("https://", "http://127.0.0.1")):
            raise ValueError("must start with https://: a key is sent there")
        unknown = set(_PLACE.findall(url)) - PLACES
        if unknown or "{id}" not in url:
            raise ValueError("must have a place for `{id}`, and none but `{country}`, `{party}`, `{id}`")
        return url

    @field_validator("queue_url")
    @classmethod
    def _is_secure(cls, url: SecretStr) -> SecretStr:
        parts = urlsplit(url.get_secret_value())
        if parts.scheme != "amqps" or not parts.hostname or parts.port == 0 or parts.query:
            raise ValueError("must be amqps://user:password@host:port/vhost: a password is sent there")
        return url
