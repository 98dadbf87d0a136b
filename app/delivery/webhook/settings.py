"""Settings of a webhook."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from app.delivery.settings import HttpSettings
from app.delivery.signing import SigningSecret, signing_key
from app.model.duration import Duration


class WebhookSettings(HttpSettings):
    """Whoever wants every public change, as `/open/changes` has them, posted as it comes: signed, in order, in batches."""

    type: Literal["webhook"] = "webhook"
    """`webhook`."""
    url: str
    """Where it takes them: https, or with `allow_private` http."""
    secrets: tuple[SigningSecret, ...] = Field(min_length=1)
    """Keys by which messages are signed, `whsec_` and 24 to 64 bytes in Base64. All of them sign: to change one, list both for a
    while."""
    batch: int = Field(100, ge=1, le=1000)
    """Changes in one message at most …"""
    every: Duration = Field(1, ge=0)
    """… and for how long they are gathered where they are fewer."""
    allow_private: bool = False
    """Whether it may be at an address of a private network, or without TLS."""

    @property
    def keys(self) -> tuple[bytes, ...]:
        return tuple(signing_key(secret) for secret in self.secrets)

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        if not self.url.lower().startswith(("https://", "http://") if self.allow_private else "https://"):
            raise ValueError("`url` must start with https://, or with `allow_private: yes` http://")
        if self.countries:
            raise ValueError("`countries`: changes are told by their party alone; leave it out, or give `parties`")
        return self
