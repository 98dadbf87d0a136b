"""Settings that all sources of messages have, and those that tap a broker."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import ClassVar, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from app.errors import ConfigError
from app.http.certificate import Certificate
from app.model.batch import Role
from app.sources.evse_ids import EvseIdSettings
from app.sources.tap.description import SHELF, BackendName, Description


class MessageSettings(EvseIdSettings):
    """Statuses that a backend tells in messages."""

    roles: frozenset[Role] = frozenset({Role.STATUS})
    """Messages say statuses; inventory and prices come from other sources."""
    backend: BackendName | None = None
    """Whose messages these are: a description of `config/backends/events`, such as `citrineos`."""
    describes: Description | None = None
    """Or what is to be known of them: which JMESPath is which field, as the files of `config/backends/events`."""
    alive: Literal["messages", "connection"] = "messages"
    """What counts as news, for `ttl`: messages; or that the broker holds the connection, where the backend tells changes alone,
    and is silent for longer than `ttl`."""
    max_body: int = Field(1024 * 1024, gt=0)
    """Largest message that is read, in bytes."""

    @model_validator(mode="after")
    def _described_once(self) -> Self:
        if (self.backend is None) == (self.describes is None):
            raise ValueError("give `backend` or `describes`, and just one of them")
        return self

    @property
    def description(self) -> Description:
        """Raises ConfigError where the shipped one is defective."""
        if self.describes is not None:
            return self.describes
        assert self.backend is not None
        return SHELF.load(self.backend)


class TapSettings(MessageSettings):
    """Statuses that a backend tells a message broker."""

    schemes: ClassVar[tuple[str, str]]
    """Of URLs, without TLS and with."""

    url: SecretStr
    """The broker, with the user who may read there."""
    ca_file: Path | None = None
    """Certificates (PEM) to trust instead of the system's."""
    certificate: Path | None = None
    """Our certificate (PEM or .p12), for a broker that knows its clients by one."""
    key: Path | None = None
    """Its private key (PEM). None: it is in the file of the certificate."""
    key_password: SecretStr | None = None
    """Of an encrypted key or .p12."""

    @field_validator("url")
    @classmethod
    def _is_a_broker(cls, given: SecretStr) -> SecretStr:
        parts, (plain, secure) = urlsplit(given.get_secret_value()), cls.schemes
        try:
            usable = parts.scheme in cls.schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ValueError(
                f"must be {plain}://user:password@host or {secure}://…, with :port where it is not the usual one"
            )
        return given

    @property
    def parts(self) -> SplitResult:
        """Of `url`."""
        return urlsplit(self.url.get_secret_value())

    @property
    def broker(self) -> str:
        """Without secrets, for messages."""
        port = f":{self.parts.port}" if self.parts.port else ""
        return f"{self.parts.scheme}://{self.parts.hostname}{port}"

    @property
    def where(self) -> str:
        return f"source {self.name}, {self.broker}"

    def tls(self) -> ssl.SSLContext | None:
        """None where it is reached without. Raises ConfigError."""
        if self.parts.scheme != self.schemes[1]:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            what = f"`ca_file` cannot be used: {error}"
            raise ConfigError(what, where=f"source {self.name}", remedy="Give the path of a PEM file") from error
        if self.certificate is not None:
            ours = Certificate(self.certificate, self.key, self.key_password)
            context.load_cert_chain(*ours.files)
        return context
