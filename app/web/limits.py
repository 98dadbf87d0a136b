"""How many requests one address may make. Off unless configured; counted in each process by itself."""

from __future__ import annotations

import math
import time
from typing import Any

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

FREE_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


class RateLimit:
    def __init__(self, rate: str, trusted_proxies: int = 0) -> None:
        """`rate` as `600/minute`; `trusted_proxies` proxies in front each append the address they saw to X-Forwarded-For."""
        self._rate = parse(rate)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._proxies = trusted_proxies

    def wait_s(self, environ: dict[str, Any], *, count: bool = True) -> int | None:
        """Counts the request, or (`count` false) just looks. Seconds until the next is allowed, or None where this one is."""
        if environ["PATH_INFO"] in FREE_PATHS:
            return None
        address, asked = self._address(environ), self._limiter.hit if count else self._limiter.test
        if asked(self._rate, address):
            return None
        reset_at = self._limiter.get_window_stats(self._rate, address).reset_time
        return max(1, math.ceil(reset_at - time.time()))

    def refusal(self, wait_s: int) -> str:
        return f"more than {self._rate} from one address: wait {wait_s} s (Retry-After)"

    def _address(self, environ: dict[str, Any]) -> str:
        seen: list[str] = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if 0 < self._proxies <= len(seen) and seen[-self._proxies]:
            return seen[-self._proxies]
        return str(environ.get("REMOTE_ADDR", ""))
