"""The token of a connection in the header `Authorization` (OCPI 2.2.1 and 2.3.0, transport_and_format, Authorization header).

Base64 since 2.2; 2.1.1 and many later implementations send it as it is. It is the one that was agreed, without a newline at its
end, although the specification's own samples encode one.
"""

from __future__ import annotations

import base64
from typing import Literal

Encoding = Literal["base64", "raw"]


def authorization(token: str, encoding: Encoding) -> str:
    """The header's value."""
    token = token.strip()
    return f"Token {base64.b64encode(token.encode()).decode() if encoding == 'base64' else token}"


def presented(header: str) -> tuple[str, ...]:
    """The tokens that a header's value may mean: as it stands, and decoded where it is Base64. Empty for another scheme."""
    scheme, _, value = header.strip().partition(" ")
    value = value.strip()
    if scheme.lower() != "token" or not value:
        return ()
    try:
        decoded = base64.b64decode(value, validate=True).decode().strip()
    except ValueError:  # not Base64, or not text
        return (value,)
    return (value, decoded)
