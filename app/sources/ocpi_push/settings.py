"""Settings of a source to which OCPI objects are pushed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from app.model.duration import Duration
from app.model.token import Token
from app.sources.served import ServedSettings

Version = Literal["2.3.0", "2.2.1", "2.1.1"]
Party = Annotated[str, Field(pattern=r"^[A-Z]{2}\*[A-Z0-9]{3}$")]


class OcpiPushSettings(ServedSettings):
    """A backend, or another chargefeed, that pushes by OCPI. Each message is answered once it is safe here."""

    type: Literal["ocpi-push"] = "ocpi-push"
    """`ocpi-push`."""
    port: int = Field(9020, ge=1, le=65535)
    """Its port."""
    path: str = Field("/ocpi/receiver", pattern=r"^(/[!-~]*[^/\s])?$")
    """What stands before `/versions`, `/2.2.1/locations/…`."""
    url: str | None = Field(None, pattern=r"^https?://[^\s/]+(/\S*)?$")
    """What it calls itself, up to and with `path`, where a proxy stands in front."""
    token: Token
    """The token that the backend shows; itself, or `sha256:` and its hash in hexadecimal digits."""
    versions: tuple[Version, ...] = Field(("2.3.0", "2.2.1", "2.1.1"), min_length=1)
    """OCPI versions that are spoken here."""
    parties: frozenset[Party] = frozenset()
    """Whose objects it may push: `NL*ABC`; everybody's unless said otherwise."""
    status_time: Literal["none", "last_updated"] = "none"
    """`last_updated` where the backend stamps an EVSE's `last_updated` with the time of its status; OCPI itself has none."""
    ttl: Duration = Field(86_400, gt=0)
    """Without a message for so long, its statuses are published as UNKNOWN. While nothing changes nothing is pushed."""
    max_body: int = Field(4 * 1024 * 1024, gt=0)
    """Largest message that is read, in bytes."""

    @field_validator("url")
    @classmethod
    def _without_slash(cls, url: str | None) -> str | None:
        return url and url.rstrip("/")

    @property
    def base(self) -> str:
        """`http://127.0.0.1:9020/ocpi/receiver`."""
        return self.url or f"{self.origin}{self.path}"
