"""A token that somebody shows us: in settings it is written itself, or as `sha256:` and its hash."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, SecretStr

_HASH = "sha256:"
_HASHED = re.compile(_HASH + "[0-9a-f]{64}")
_TOKEN = re.compile(r"[\x21-\x7e]{16,64}")


def _is_token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if not _HASHED.fullmatch(text) and (text.startswith(_HASH) or not _TOKEN.fullmatch(text)):
        raise ValueError("write 16 to 64 printable characters without spaces, or `sha256:` and 64 hexadecimal digits")
    return token


Token = Annotated[SecretStr, AfterValidator(_is_token)]


def hash_shown(text: str) -> str:
    """SHA-256 of a token as it is shown, in hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def token_hash(token: SecretStr) -> str:
    """The same of one as it is written."""
    text = token.get_secret_value()
    return text.removeprefix(_HASH) if text.startswith(_HASH) else hash_shown(text)
