"""Settings of a webhook source."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from app.errors import ConfigError
from app.sources.tap.settings import MessageSettings


class WebhookSettings(MessageSettings):
    """Statuses that a backend posts by HTTP as they change. It is answered once they are safe here."""

    type: Literal["webhook"] = "webhook"
    """`webhook`."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(9010, ge=1, le=65535)
    path: str = Field(pattern=r"^/[!-~]*$")
    """Where the backend posts to. For one that can show no secret it holds one itself: `/hooks/${HOOK_SECRET}`."""
    token: SecretStr | None = None
    """What it sends as `Authorization: Bearer`; or …"""
    signing_key: SecretStr | None = None
    """… the key by which it signs the body: HMAC-SHA256, in hexadecimal, in …"""
    signature_header: str = "X-Signature"
    """… this header; a prefix such as `sha256=` does not matter."""
    certificate: Path | None = None
    """The server's certificate chain (PEM). None: without TLS, for a proxy in front."""
    key: Path | None = None
    """Its private key. None: it is in the file of the certificate."""
    alive: Literal["messages"] = "messages"
    """What counts as news, for `ttl`: messages alone."""

    @model_validator(mode="after")
    def _is_closed(self) -> Self:
        if self.token is None and self.signing_key is None and len(self.path) < 17:
            raise ValueError("give `token`, `signing_key`, or a `path` with a secret of 16 characters at least")
        return self

    @property
    def where(self) -> str:
        return f"source {self.name}, {self.host}:{self.port}"

    def tls(self) -> ssl.SSLContext | None:
        """Raises ConfigError."""
        if self.certificate is None:
            return None
        try:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            remedy = "Give the path of a PEM file that this process may read"
            raise ConfigError(f"`certificate` cannot be used: {error}", where=self.where, remedy=remedy) from error
        return context
