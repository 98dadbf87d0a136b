"""Settings of whoever talks to a message broker: where it is, who we are there, and how it is reached by TLS."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import ClassVar
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from app.errors import ConfigError
from app.http.certificate import Certificate


class BrokerSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    schemes: ClassVar[tuple[str, str]]
    """Of URLs, without TLS and with."""

    url: SecretStr
    """The broker, with our user and password there."""
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
        """Who is meant, for messages."""
        return self.broker

    def tls(self) -> ssl.SSLContext | None:
        """None where it is reached without. Raises ConfigError."""
        if self.parts.scheme != self.schemes[1]:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            what = f"`ca_file` cannot be used: {error}"
            raise ConfigError(what, where=self.where, remedy="Give the path of a PEM file") from error
        if self.certificate is not None:
            ours = Certificate(self.certificate, self.key, self.key_password)
            context.load_cert_chain(*ours.files)
        return context
