"""Settings of an OCPI receiver."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from app.delivery.demands import ReceiverName
from app.delivery.settings import HttpSettings, Party
from app.formats.ocpi.token import Encoding
from app.model.duration import Duration

Version = Literal["2.3.0", "2.2.1", "2.1.1"]


class OcpiPushSettings(HttpSettings):
    """An OCPI receiver. Give `locations_url`, `tariffs_url` or both, as its operator hands them out."""

    type: Literal["ocpi-push"] = "ocpi-push"
    """`ocpi-push`."""
    version: Version = "2.2.1"
    """OCPI version that is spoken."""
    locations_url: str | None = None
    """Its Locations module, to which `/{country_code}/{party_id}/{location_id}` is added. None: no locations are sent."""
    tariffs_url: str | None = None
    """Its Tariffs module. None: no tariffs are sent."""
    token: SecretStr
    """The token the receiver gave out."""
    token_encoding: Encoding | None = None
    """How the token is sent: `base64` or `raw`; None: raw in 2.1.1, base64 since."""
    to_party: Party | None = None
    """Whom messages are addressed to (`OCPI-to-country-code`, `OCPI-to-party-id`): `NL*NDW`; a hub hands on what is addressed to
    itself. None: no routing headers, as between two platforms of one party each; or …"""
    open_routing: bool = False
    """… a hub decides by whom a message is from (`OCPI-from-…` alone)."""
    in_order: bool = False
    """One request at a time, in the order of the changes; one that fails is tried again before any other is sent."""
    whole_after: int = Field(10, ge=1)
    """Where more messages than this would be needed about one location, it is sent whole."""
    compare_every: Duration | None = None
    """How often each object is asked for (GET) and sent again where it differs. None: never, for receivers without GET."""
    asks: ReceiverName | None = None
    """What the receiver asks for beyond OCPI: `ndw` or another of config/receivers, or a file of your own (`….yaml`)."""

    @field_validator("locations_url", "tariffs_url")
    @classmethod
    def _web(cls, url: str | None) -> str | None:
        if url is not None and not url.lower().startswith(("http://", "https://")):
            raise ValueError("must start with https:// or http://")
        return url.rstrip("/") if url is not None else None

    @model_validator(mode="after")
    def _addressed(self) -> Self:
        if self.locations_url is None and self.tariffs_url is None:
            raise ValueError("give `locations_url`, `tariffs_url` or both")
        return self

    @property
    def encoding(self) -> Encoding:
        return self.token_encoding or ("raw" if self.version == "2.1.1" else "base64")
