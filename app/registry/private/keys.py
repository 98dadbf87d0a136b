"""What the private tables are closed by (Fernet: AES-128-CBC, HMAC-SHA256), and how what nobody can read is found in them.

The first key closes, all open. A mark is an HMAC-SHA256 under a key made from one of these: who has the database alone cannot try
out which token it stands for.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.errors import ConfigError, RegistryError

_PURPOSE = b"chargefeed: marks of tokens"


class Keys:
    def __init__(self, keys: Sequence[str]) -> None:
        """Raises ConfigError where a key is none."""
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            remedy = "Make one by `openssl rand -base64 32`"
            raise ConfigError("a key is not 32 bytes in base64", field="private.keys", remedy=remedy) from error
        self._markers = [hmac.digest(base64.urlsafe_b64decode(key), _PURPOSE, "sha256") for key in keys]

    def seal(self, said: Any) -> bytes:
        return self._fernet.encrypt(orjson.dumps(said, default=str))

    def opened(self, body: bytes) -> Any:
        """Raises RegistryError where no key opens it."""
        try:
            return orjson.loads(self._fernet.decrypt(body))
        except InvalidToken as error:
            remedy = "Add the key that was used then to `private.keys`"
            raise RegistryError("a private record cannot be decrypted", remedy=remedy) from error

    def mark(self, what: str) -> bytes:
        """Under the first key: what is written."""
        return hmac.digest(self._markers[0], what.encode(), "sha256")

    def marks(self, what: str) -> list[bytes]:
        """Under each key: what is looked for."""
        return [hmac.digest(marker, what.encode(), "sha256") for marker in self._markers]
