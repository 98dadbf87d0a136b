"""Settings of destinations. Without the database and what renders: every process reads them, and few push."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.model.duration import Duration
from app.model.token import Token, token_hash

Party = Annotated[str, Field(pattern=r"^[A-Z]{2}\*[A-Z0-9]{3}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class DestinationSettings(BaseModel):
    """What every destination understands. Lengths of time are seconds or text such as `15s`, `10min`, `6h`."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    """What it is called in logs, metrics and reports: lower case letters, digits, `-` and `_`."""
    type: str
    """Which kind of interface: `ocpi-push`, or one that a plug-in adds."""
    parties: frozenset[Party] = frozenset()
    """Whose objects it gets: `NL*ABC`; everybody's unless said otherwise."""
    countries: frozenset[Country] = frozenset()
    """Of which countries' sites it learns: ISO 3166-1 alpha-3; of all unless said otherwise."""
    retry_wait: Duration = Field(5, gt=0)
    """Wait after a failure; doubled, with jitter, for each further one …"""
    longest_wait: Duration = Field(300, gt=0)
    """… up to this. Where the destination itself asks for a longer one (`Retry-After`), that counts."""
    pull_token: Token | None = None
    """The token with which it may read `/ocpi/cpo/…` here; itself, or `sha256:` and its hash in hexadecimal digits. None: it
    may not."""

    @property
    def pull_hash(self) -> str | None:
        """SHA-256 of the pull token, in hexadecimal digits."""
        return None if self.pull_token is None else token_hash(self.pull_token)


class DocumentSettings(DestinationSettings):
    """What every document destination understands."""

    delta_every: Duration = Field(1, ge=0)
    """Shortest time between two documents of what changed."""
    snapshot_every: Duration = Field(6 * 3600, gt=0)
    """How often the whole is sent at least …"""
    snapshot_after: int = Field(3500, ge=1)
    """… and after how many documents of what changed at the latest."""
    largest_delta: int = Field(10_000, ge=1)
    """Where more objects than this are due, the whole is sent instead."""


class HttpSettings(DestinationSettings):
    """What every destination understands that is called over HTTP."""

    timeout: Duration = Field(30, gt=0)
    """Longest time one request may take, from the first byte sent to the last received."""
    parallel: int = Field(4, ge=1, le=64)
    """Requests at one time; never two about one object."""
    pause: Duration = 0.0
    """Shortest time between the beginnings of two requests, where the destination limits them."""
    headers: dict[str, SecretStr] = {}
    """Further request headers, such as `X-Api-Key`."""
    ca_file: Path | None = None
    """Certificates (PEM) to trust instead of the system's, for a destination with a private authority."""
    max_body: int = Field(1 << 20, gt=0)
    """Largest answer that is read, in bytes after decompression."""


class CertifiedSettings(HttpSettings):
    """What every destination understands that knows its callers by their certificates."""

    certificate: Path
    """Ours: the `.p12` as it came, or PEM."""
    key: Path | None = None
    """Its private key (PEM). None: it is in the file of the certificate."""
    password: SecretStr | None = None
    """Of the `.p12`, or of an encrypted key."""
