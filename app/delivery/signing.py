"""What is posted to whoever gave us a secret, and how it is signed (Standard Webhooks 1.0.0). Settings read it too."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, SecretStr

from app.clock import Millis

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    body: bytes

    def headers(self, keys: Iterable[bytes], now: Millis) -> dict[str, str]:
        """Those of one attempt: each has a time of its own."""
        timestamp = str(now // 1000)
        signed = f"{self.id}.{timestamp}.".encode() + self.body
        signatures = (base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
        return {
            "Content-Type": "application/json",
            "webhook-id": self.id,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
        }


def signing_key(secret: SecretStr) -> bytes:
    """Raises ValueError."""
    text = secret.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(PREFIX) or len(key) not in KEY_BYTES:
        raise ValueError(f"write `{PREFIX}` and 24 to 64 bytes in Base64: echo {PREFIX}$(openssl rand -base64 32)")
    return key


def _is_key(secret: SecretStr) -> SecretStr:
    signing_key(secret)
    return secret


SigningSecret = Annotated[SecretStr, AfterValidator(_is_key)]
