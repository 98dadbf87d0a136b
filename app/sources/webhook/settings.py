"""Settings of a webhook source."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from app.sources.served import ServedSettings
from app.sources.tap.settings import MessageSettings


class WebhookSettings(MessageSettings, ServedSettings):
    """Statuses that a backend posts by HTTP as they change. It is answered once they are safe here."""

    type: Literal["webhook"] = "webhook"
    """`webhook`."""
    path: str = Field(pattern=r"^/[!-~]*$")
    """Where the backend posts to. For one that can show no secret it holds one itself: `/hooks/${HOOK_SECRET}`."""
    token: SecretStr | None = None
    """What it sends as `Authorization: Bearer`; or …"""
    signing_key: SecretStr | None = None
    """… the key by which it signs the body: HMAC-SHA256, in hexadecimal, in …"""
    signature_header: str = "X-Signature"
    """… this header; a prefix such as `sha256=` does not matter."""
    alive: Literal["messages"] = "messages"
    """What counts as news, for `ttl`: messages alone."""

    @model_validator(mode="after")
    def _is_closed(self) -> Self:
        if self.token is None and self.signing_key is None and len(self.path) < 17:
            raise ValueError("give `token`, `signing_key`, or a `path` with a secret of 16 characters at least")
        return self
