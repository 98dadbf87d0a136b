"""Which content coding a client gets."""

from __future__ import annotations

from functools import lru_cache

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

LIVE = ("zstd", "gzip")
"""Codings of data made on the fly, the better first."""

STATIC = ("br", "zstd", "gzip")
"""Codings of files that never change while the process runs: compressed once, so the slowest and smallest may lead."""


@lru_cache(maxsize=512)
def chosen(accept_encoding: str, offered: tuple[str, ...] = LIVE) -> str:
    """The offered coding the client likes best; `identity` where it takes none of them (RFC 9110, 12.5.3)."""
    accept = parse_accept_header(accept_encoding, Accept)
    best = max(offered, key=lambda coding: accept.quality(coding))  # max keeps the first of equals
    return best if accept.quality(best) > 0 else "identity"
