"""The part `alerts` of the settings."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from app.model.duration import Duration
from app.model.part import Part

Address = Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")]


class Webhook(Part):
    url: str = Field(pattern=r"^https?://[^\s/]+(/\S*)?$")
    """Where the digest is posted to, as JSON."""
    secret: SecretStr | None = None
    """Key of the HMAC-SHA256 of the body in `X-Chargefeed-Signature: sha256=…`; None: not signed."""
    ca_file: Path | None = None
    """Certificates to trust in place of the system's."""
    timeout: Duration = Field(30, gt=0)
    """Longest time of one request."""


class Security(StrEnum):
    STARTTLS = "starttls"
    TLS = "tls"
    """From the first byte on."""
    NONE = "none"
    """For a server on the same machine."""


class Mail(Part):
    host: str = Field(min_length=1)
    """SMTP server."""
    port: int = Field(587, ge=1, le=65535)
    """Of that server."""
    security: Security = Security.STARTTLS
    """How the connection is encrypted."""
    user: str | None = None
    """None: no log-in."""
    password: SecretStr | None = None
    """Of that user."""
    sender: Address
    """Whom it is from."""
    to: tuple[Address, ...] = Field(min_length=1)
    """Whom it is to."""
    ca_file: Path | None = None
    """Certificates to trust in place of the system's."""
    timeout: Duration = Field(30, gt=0)
    """Longest time of one step of the conversation."""


class Alerts(Part):
    every: Duration = Field(900, ge=10)
    """How often the rules are held to what moved; what is new or fixed since is told then."""
    webhook: Webhook | None = None
    """A program that is told; None: none."""
    email: Mail | None = None
    """People who are told; None: nobody."""
