"""Settings of an OCPI source."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from app.model.duration import Duration
from app.sources.http import HttpSettings

Version = Literal["2.3.0", "2.2.1", "2.1.1"]
VERSIONS: tuple[Version, ...] = ("2.3.0", "2.2.1", "2.1.1")
"""Those that can be read, best first."""


class OcpiSettings(HttpSettings):
    """An OCPI Sender. Give `url` (its versions endpoint), or `locations_url` and `tariffs_url` where it has none."""

    type: Literal["ocpi"] = "ocpi"
    """`ocpi`."""
    url: str | None = None
    """The versions endpoint, as the backend's operator hands it out."""
    locations_url: str | None = None
    """The locations list itself, for a backend without a versions endpoint."""
    tariffs_url: str | None = None
    """The tariffs list itself, for a backend without a versions endpoint."""
    version: Version | None = None
    """OCPI version; None takes the highest that both sides know. For direct URLs it says what is spoken (None: 2.2.1)."""
    token: SecretStr | None = None
    """The token the backend gave out; None where it wants none."""
    token_encoding: Literal["auto", "base64", "raw"] = "auto"
    """How the token is sent: Base64 (OCPI 2.2 and later), raw (most of 2.1.1), or whichever the backend accepts."""
    page_limit: int = Field(100, ge=1, le=10_000)
    """Objects asked for per page (`limit`); the backend may give fewer."""
    max_pages: int = Field(100_000, ge=1)
    """A list with more pages than this is taken to be endless."""
    incremental: bool = True
    """Between full pulls ask just for what changed (`date_from`). Off for backends that do not move `last_updated`."""
    overlap: Duration = 60.0
    """How far `date_from` reaches back behind the last pull: what the backend commits late is still seen."""
    status_time: Literal["none", "last_updated"] = "none"
    """`last_updated` where the backend stamps an EVSE's `last_updated` with the time of its status; OCPI itself has none."""

    sessions: bool = False
    """Whether its sessions and CDRs are pulled too, into `private` alone, for reports; tokens in them are not read."""
    relay: bool = False
    """Whether they are told to the partners whose tokens they name too (`roaming.relay`), which takes OCPI 2.2.1 or later."""
    sessions_every: Duration = Field(3600, gt=0)
    """How often it is asked for them."""

    @model_validator(mode="after")
    def _addressed(self) -> Self:
        if (self.url is None) == (self.locations_url is None and self.tariffs_url is None):
            raise ValueError("give `url`, or `locations_url` and `tariffs_url`")
        return self

    @model_validator(mode="after")
    def _listed(self) -> Self:
        if self.relay and not self.sessions:
            raise ValueError("`relay` needs `sessions: yes`: they are what is relayed")
        if self.sessions and self.url is None:
            raise ValueError("`sessions` needs `url`, whose endpoints say where they are")
        return self

    @model_validator(mode="after")
    def _owned(self) -> Self:
        if (self.country_code is None) != (self.party_id is None):
            raise ValueError("`country_code` and `party_id` belong together")
        return self

    @field_validator("url", "locations_url", "tariffs_url")
    @classmethod
    def _web(cls, url: str | None) -> str | None:
        if url is not None and not url.lower().startswith(("http://", "https://")):
            raise ValueError("must start with https:// or http://")
        return url
