"""A part of the site that is closed but for those who show a token of the settings.

Tokens are compared by their hashes, in constant time. An address that showed MOST_WRONG wrong ones has to wait.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from hmac import compare_digest
from typing import Any

from pydantic import SecretStr

from app.model.token import hash_shown, token_hash
from app.web.failure import GENERIC_CLIENT, Failure

MOST_WRONG = "10/minute"


class Door:
    """One per process."""

    def __init__(self, realm: str, setting: str, tokens: Iterable[SecretStr], proxies: int) -> None:
        """`setting`: where the tokens stand, as messages name it. `proxies`: as `RateLimit` has them."""
        self._realm = realm
        self._setting = setting
        self._hashes = [token_hash(token) for token in tokens]
        self._proxies = proxies

    @property
    def is_open(self) -> bool:
        """There is a token to show."""
        return bool(self._hashes)

    def admit(self, token: str, environ: dict[str, Any]) -> None:
        """Raises Failure for a wrong one, and for any where there were too many."""
        wait_s = self._wrong.wait_s(environ, count=False)
        if wait_s is not None:
            message = f"too many wrong tokens from this address: wait {wait_s} s (Retry-After)"
            raise Failure(429, GENERIC_CLIENT, message, headers={"Retry-After": str(wait_s)})
        shown = hash_shown(token)
        found = [compare_digest(shown, known) for known in self._hashes]  # all of them: how long it takes tells nothing
        if not any(found):
            self._wrong.wait_s(environ)
            raise self.refusal(f"this is not a token of `{self._setting}`")

    def refusal(self, message: str) -> Failure:
        headers = {"WWW-Authenticate": f'Bearer realm="chargefeed {self._realm}"'}
        return Failure(401, GENERIC_CLIENT, message, headers=headers)

    @cached_property
    def _wrong(self) -> Any:
        from app.web.limits import RateLimit  # loads what most do without

        return RateLimit(MOST_WRONG, self._proxies)


def bearer(header: str) -> str | None:
    """The token of a header `Authorization`; None where it carries no bearer token."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
