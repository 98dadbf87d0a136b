"""Versions → details → endpoints (OCPI version_information_endpoint), and the form of the token that the backend accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from app.errors import SourceAnswerError, SourceRefused
from app.formats.ocpi.charged import CDRS, SESSIONS
from app.formats.ocpi.token import Encoding, authorization
from app.http.exchange import Answer, one_line
from app.model.batch import Kind
from app.sources.http import Transport
from app.sources.ocpi import answer as answers
from app.sources.ocpi.settings import VERSIONS, OcpiSettings, Version


@dataclass(frozen=True, slots=True)
class Endpoints:
    version: Version
    lists: Mapping[Kind, str]
    """URLs of the Sender's lists, as the backend writes them."""
    charged: Mapping[str, str] = field(default_factory=dict)
    """Those of its sessions and CDRs."""


class Backend:
    """One Sender: where its lists are and how to ask for them."""

    def __init__(self, settings: OcpiSettings, transport: Transport) -> None:
        self._settings = settings
        self._transport = transport
        self._encoding: Encoding = "base64" if settings.token_encoding == "auto" else settings.token_encoding
        self._sure = settings.token_encoding != "auto"

    def get(self, url: str) -> Answer:
        """With the token, if there is one. Where its form is not known, the other one is tried once and remembered."""
        if self._settings.token is None:
            return self._transport.get(url)
        encoding = self._encoding
        try:
            return self._transport.get(url, self._authorization(encoding))
        except SourceRefused:
            if self._sure:
                raise
            other: Encoding = "raw" if encoding == "base64" else "base64"
            answer = self._transport.get(url, self._authorization(other))
            self._encoding, self._sure = other, True
            return answer

    def where(self, url: str) -> str:
        return self._transport.where(url)

    def _authorization(self, encoding: Encoding) -> dict[str, str]:
        assert self._settings.token is not None
        return {"Authorization": authorization(self._settings.token.get_secret_value(), encoding)}

    def endpoints(self) -> Endpoints:
        """Asks for them. Raises SourceError."""
        settings = self._settings
        if settings.url is None:
            direct = {Kind.LOCATIONS: settings.locations_url, Kind.TARIFFS: settings.tariffs_url}
            return Endpoints(settings.version or "2.2.1", {kind: url for kind, url in direct.items() if url})
        where = self.where(settings.url)
        found = self._data(settings.url)
        if isinstance(found, dict) and "endpoints" in found:  # the URL is that of the details already
            return self._details(found, settings.version or found.get("version"), settings.url, where)
        version, url = self._choose(found, where)
        url = urljoin(settings.url, url)
        return self._details(self._data(url), version, url, self.where(url))

    def _data(self, url: str) -> Any:
        return answers.data(self.get(url), self.where(url))

    def _choose(self, versions: Any, where: str) -> tuple[Version, str]:
        offered = {str(item.get("version")): item.get("url") for item in _objects(versions, "data", where)}
        wanted = (self._settings.version,) if self._settings.version else VERSIONS
        for version in wanted:
            url = offered.get(version)
            if isinstance(url, str):
                return version, url
        raise SourceAnswerError(
            f"offers OCPI {one_line(', '.join(sorted(offered)) or 'nothing')}, wanted is {' or '.join(wanted)}",
            where=where,
            remedy="Leave `version` out, or set one that the backend offers",
        )

    def _details(self, details: Any, version: Any, url: str, where: str) -> Endpoints:
        if version not in VERSIONS:
            raise SourceAnswerError(
                f"OCPI {one_line(version)} cannot be read", where=where, remedy=f"Known: {', '.join(VERSIONS)}"
            )
        listed = details.get("endpoints") if isinstance(details, dict) else None
        urls = {
            item.get("identifier"): urljoin(url, item["url"])
            for item in _objects(listed, "data.endpoints", where)
            if item.get("role", "SENDER") == "SENDER"  # 2.1.1 has no roles
            and isinstance(item.get("url"), str)
        }
        lists = {kind: urls[kind] for kind in (Kind.LOCATIONS, Kind.TARIFFS) if kind in urls}
        return Endpoints(version, lists, {name: urls[name] for name in (SESSIONS, CDRS) if name in urls})


def _objects(found: Any, path: str, where: str) -> list[dict[str, Any]]:
    if isinstance(found, list) and all(isinstance(item, dict) for item in found):
        return found
    raise SourceAnswerError(
        f"`{path}` is no list of objects", where=where, remedy="Check that the URL is the versions endpoint"
    )
