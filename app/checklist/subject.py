"""The endpoint under test, in one version: what it answers, read when a check first asks for it, and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urljoin

import orjson
from requests.utils import parse_header_links

from app.errors import PartnerError
from app.formats.ocpi.token import Encoding, authorization
from app.formats.ocpi.versions import V211, VERSIONS
from app.http.exchange import Answer, Exchange, NoAnswer, shown

MODULES = ("locations", "tariffs")
LARGEST = 64 << 20
MOST_PAGES = 200
NEVER = "2099-01-01T00:00:00Z"
"""No object was updated since."""

Body = dict[str, Any]


class NotApplicable(Exception):
    """The check says nothing here, and why."""


class Endless(NotApplicable):
    """A list has more pages than are read."""


@dataclass(frozen=True, slots=True)
class Reply:
    url: str
    status: int
    headers: Mapping[str, str]
    envelope: Any
    """The body as JSON; None where it is none."""

    @property
    def data(self) -> Any:
        return self.envelope.get("data") if isinstance(self.envelope, dict) else None

    @property
    def code(self) -> Any:
        return self.envelope.get("status_code") if isinstance(self.envelope, dict) else None

    @property
    def items(self) -> list[Any]:
        return self.data if isinstance(self.data, list) else []

    @property
    def next(self) -> str | None:
        """Where `Link` leads; None on the last page."""
        links = parse_header_links(self.headers.get("Link", ""))
        return next((urljoin(self.url, link["url"]) for link in links if link.get("rel") == "next"), None)

    def __str__(self) -> str:
        return f"{shown(self.url)}: HTTP {self.status}, status_code {self.code}"


class Asker:
    """Asks by GET, with the token in whatever form is taken."""

    def __init__(self, token: str | None, encoding: Encoding = "base64", timeout: float = 30) -> None:
        self.token = token
        self.encoding = encoding
        self._exchange = Exchange(timeout=timeout, largest=LARGEST)

    def get(self, url: str, headers: Mapping[str, str] | None = None, *, bare: bool = False) -> Reply:
        """`bare`: without the token. Raises PartnerError."""
        shows = {} if bare or self.token is None else {"Authorization": authorization(self.token, self.encoding)}
        try:
            return _reply(self._exchange.send("GET", url, {**shows, **(headers or {})}))
        except NoAnswer as none:
            raise PartnerError(none.what, where=shown(url), remedy=none.remedy) from none

    def settle(self, url: str) -> None:
        """Sends the token as it is from here on, where only that is taken."""
        if self.token is None or self.get(url).status != 401:
            return
        self.encoding = "raw"
        if self.get(url).status == 401:
            self.encoding = "base64"


def _reply(answer: Answer) -> Reply:
    try:
        envelope = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        envelope = None
    return Reply(answer.url, answer.status, answer.headers, envelope)


@dataclass
class Subject:
    asker: Asker
    versions: Reply
    version: str
    _pages: dict[str, list[Reply]] = field(default_factory=dict)
    _endless: dict[str, str] = field(default_factory=dict)

    @property
    def newer(self) -> bool:
        """2.2.1 or 2.3.0."""
        return self.version != V211

    @cached_property
    def details(self) -> Reply:
        entry = next(entry for entry in self.versions.items if entry.get("version") == self.version)
        return self.asker.get(urljoin(self.versions.url, str(entry.get("url"))))

    @property
    def endpoints(self) -> list[Body]:
        found = self.details.data.get("endpoints") if isinstance(self.details.data, dict) else None
        return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []

    @property
    def modules(self) -> list[str]:
        """Those of MODULES that it sends."""
        return [module for module in MODULES if self._listed(module)]

    def url(self, module: str, **query: object) -> str:
        """Raises NotApplicable where it does not list the module."""
        url = self._listed(module)
        if url is None:
            raise NotApplicable(f"it lists no `{module}` to read")
        absolute = urljoin(self.details.url, url)
        return f"{absolute}?{urlencode(query, safe=':')}" if query else absolute

    def page(self, module: str, **query: object) -> Reply:
        return self.asker.get(self.url(module, **query))

    def pages(self, module: str, **query: object) -> list[Reply]:
        """By `Link`, from the first to the last. Raises Endless where there are more than MOST_PAGES."""
        start = self.url(module, **query)
        if start in self._endless:
            raise Endless(self._endless[start])
        if start not in self._pages:
            found = [self.asker.get(start)]
            while (following := found[-1].next) is not None:
                if len(found) == MOST_PAGES:
                    self._endless[start] = f"`{module}` has more than {MOST_PAGES} pages, or no end"
                    raise Endless(self._endless[start])
                found.append(self.asker.get(following))
            self._pages[start] = found
        return self._pages[start]

    def objects(self, module: str, **query: object) -> list[Body]:
        return [item for page in self.pages(module, **query) for item in page.items if isinstance(item, dict)]

    @cached_property
    def locations(self) -> list[Body]:
        """Raises NotApplicable where there is none."""
        return self._some("locations")

    @cached_property
    def tariffs(self) -> list[Body]:
        """Raises NotApplicable where there is none."""
        return self._some("tariffs")

    @property
    def everything(self) -> list[Body]:
        return [item for module in self.modules for item in self.objects(module)]

    def _some(self, module: str) -> list[Body]:
        found = self.objects(module)
        if not found:
            raise NotApplicable(f"it has no {module}")
        return found

    def _listed(self, module: str) -> str | None:
        sent = (entry for entry in self.endpoints if entry.get("identifier") == module)
        found = next((entry for entry in sent if not self.newer or entry.get("role") == "SENDER"), None)
        return str(found["url"]) if found and isinstance(found.get("url"), str) else None


def subjects(asker: Asker, versions_url: str) -> list[Subject]:
    """One per version that it offers and that is known here, oldest first. Raises PartnerError."""
    asker.settle(versions_url)
    versions = asker.get(versions_url)
    offered = {entry.get("version") for entry in versions.items if isinstance(entry, dict)}
    return [Subject(asker, versions, version) for version in VERSIONS if version in offered]
