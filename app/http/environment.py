"""What the environment says about calling others: HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE and the like.

It is looked up once for each server, and not at each request: that would take as long as the request.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from requests.utils import get_environ_proxies, select_proxy


class Environment:
    def __init__(self, *, heeded: bool) -> None:
        self._heeded = heeded
        self._origins: dict[str, tuple[dict[str, str], str]] = {}

    def authorities(self, ca_file: Path | None) -> str | None:
        """The file to trust, or the folder; None: nobody names one."""
        if ca_file or not self._heeded:
            return str(ca_file) if ca_file else None
        return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None

    def proxies(self, url: str) -> dict[str, str]:
        """By scheme, as `requests` takes them."""
        return self._looked_up(url)[0]

    def proxy(self, url: str) -> str:
        """The one that a request goes through; empty: none."""
        return self._looked_up(url)[1]

    def _looked_up(self, url: str) -> tuple[dict[str, str], str]:
        origin = url[: url.find("/", 8)] if "/" in url[8:] else url
        found = self._origins.get(origin)
        if found is None:
            proxies: dict[str, str] = {}
            with suppress(ValueError):  # the request says what is wrong with the URL
                proxies = get_environ_proxies(origin) if self._heeded else {}
            found = self._origins[origin] = proxies, select_proxy(origin, proxies) or ""
        return found
