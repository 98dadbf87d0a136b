"""The handshake (OCPI credentials module, Registration), from both sides.

Whoever begins shows the token that it was given (A), reads versions and details, makes a token for the other (B), and POSTs its
credentials. The other reads versions and details by B *before* it answers with a token of its own (C). Afterwards one shows C and
the other B; A is dead. PUT does the same again, also for another version; DELETE ends it.

As the one that answers: 3001 where the call-back fails, 3002 where it does not offer the version, 3003 where an endpoint that we
need is missing. As the one that begins, we POST nothing in any of these cases.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from app.clock import Clock
from app.errors import DeliveryError, PartnerError
from app.formats.base import Publisher
from app.formats.ocpi.versions import V211, VERSIONS
from app.http.exchange import one_line
from app.roaming.counterpart import Counterpart, PartnerClient
from app.roaming.credentials import Offered, our_credentials, read_credentials
from app.roaming.hub_clients import HUB_CLIENTS
from app.roaming.partners import Counterparty, Partners, new_token, registered
from app.roaming.settings import PartnerSettings

BUSY, NO_VERSION, NO_ENDPOINT = 3000, 3002, 3003
MOST_ENTRIES = 100
"""Of a list of versions or endpoints, more are not looked at."""
URL_LENGTH = 255
_OF_ANY_ROLE = ("credentials", HUB_CLIENTS)


@dataclass(frozen=True, slots=True)
class Ourselves:
    """What partners are told of us."""

    versions_url: str
    publisher: Publisher
    parties: Callable[[], Collection[str]]
    """`DE*ABC` of all whose objects are published."""

    def credentials(self, partner: PartnerSettings, version: str, token: str) -> dict[str, Any]:
        return our_credentials(version, token, self.versions_url, partner.parties or self.parties(), self.publisher)


class Handshakes:
    def __init__(self, partners: Partners, ourselves: Ourselves, clock: Clock) -> None:
        self.partners = partners
        self.ourselves = ourselves
        self._clock = clock
        self._calling_back = threading.Lock()

    def answer(self, partner: PartnerSettings, version: str, data: Any, shown: str) -> dict[str, Any] | None:
        """To POST or PUT of credentials by a token with hash `shown`: our credentials, with a new token. None where that token
        was used up meanwhile. Raises PartnerError, also where another call-back is under way: those who let us wait are not to
        keep readers waiting."""
        offered = read_credentials(data, version)
        if not self._calling_back.acquire(blocking=False):
            raise PartnerError("another registration is under way: try again in a moment", status_code=BUSY)
        try:
            return self._answered(partner, version, offered, shown)
        finally:
            self._calling_back.release()

    def _answered(self, partner: PartnerSettings, version: str, offered: Offered, shown: str) -> dict[str, Any] | None:
        counterpart = self._counterpart(partner, offered.token)
        found = _agreed(_discovered(counterpart, offered.url, (version,), partner), offered)
        token = new_token()
        credentials = self.ourselves.credentials(partner, version, token)
        return credentials if self.partners.accept(partner.name, found, shown, token) else None

    def begin(self, partner: PartnerSettings, versions_url: str, token: str) -> Counterparty:
        """Registers with a partner by the token A that it gave out. Raises PartnerError, and nothing is changed."""
        _may_begin(partner)
        counterpart = self._counterpart(partner, token)
        found = _discovered(counterpart, versions_url, partner.offered, partner)
        return self._exchanged("POST", partner, found, counterpart)

    def rotate(self, partner: PartnerSettings) -> Counterparty:
        """Exchanges both tokens (PUT). Raises PartnerError, and the old ones stay good."""
        _may_begin(partner)
        known = registered(self.partners.read(partner.name), partner.name)
        counterpart = self._counterpart(partner, known.token)
        found = _discovered(counterpart, known.versions_url, (known.version,), partner)
        return self._exchanged("PUT", partner, found, counterpart)

    def end(self, partner: PartnerSettings) -> None:
        """Unregisters (DELETE); from here on nothing is sent there, even where it does not answer. Raises PartnerError then."""
        known = registered(self.partners.read(partner.name), partner.name)
        self.partners.forget(partner.name)
        counterpart = self._counterpart(partner, known.token)
        _told(counterpart, "DELETE", known.endpoints["credentials"], None)

    def look(self, partner: PartnerSettings) -> Counterparty:
        """What a registered partner's versions and details say now. Raises PartnerError."""
        known = registered(self.partners.read(partner.name), partner.name)
        return _discovered(self._counterpart(partner, known.token), known.versions_url, (known.version,), partner)

    def _exchanged(
        self, method: str, partner: PartnerSettings, found: Counterparty, counterpart: Counterpart
    ) -> Counterparty:
        """Tells it our credentials, and takes its."""
        token = self.partners.expect(partner.name)
        try:
            ours = self.ourselves.credentials(partner, found.version, token)
            theirs = _told(counterpart, method, found.endpoints["credentials"], ours)
            offered = _offered(theirs, found.version, counterpart.where(method, found.endpoints["credentials"]))
        except PartnerError:
            self.partners.give_up(partner.name)
            raise
        agreed = _agreed(found, offered)
        self.partners.confirm(partner.name, agreed, token)
        return agreed

    def _counterpart(self, partner: PartnerSettings, token: str) -> Counterpart:
        return Counterpart(PartnerClient(partner, self._clock), token, partner.token_encoding)


def _may_begin(partner: PartnerSettings) -> None:
    if partner.begins_there:
        remedy = f"`chargefeed partner remove {partner.name}`, then `add`: hand out the token A, and have it register"
        raise PartnerError("its handshake begins there alone (`begins_there`)", where=partner.name, remedy=remedy)


def _agreed(found: Counterparty, offered: Offered) -> Counterparty:
    return replace(found, token=offered.token, roles=offered.roles, hub=offered.hub)


def _told(counterpart: Counterpart, method: str, url: str, body: Any) -> Any:
    try:
        return counterpart.call(method, url, body)
    except DeliveryError as error:
        wrong_state = "It has us registered already, or not at all: its operator has to reset that"
        remedy = wrong_state if error.what.startswith("HTTP 405") else error.remedy
        raise PartnerError(error.what, where=error.where, remedy=remedy) from error


def _offered(data: Any, version: str, where: str) -> Offered:
    try:
        return read_credentials(data, version)
    except PartnerError as error:
        raise PartnerError(
            error.what, where=where, remedy="Its operator has to look: it may have us registered"
        ) from error


def _discovered(
    counterpart: Counterpart, versions_url: str, wanted: Collection[str], partner: PartnerSettings
) -> Counterparty:
    """By its versions and the details of the newest version in `wanted`. Raises PartnerError."""
    versions = _entries(_read(counterpart, versions_url), counterpart.where("GET", versions_url))
    offers = {str(entry.get("version")): entry.get("url") for entry in versions}
    version = next((each for each in reversed(VERSIONS) if each in wanted and isinstance(offers.get(each), str)), None)
    if version is None:
        what = f"offers OCPI {one_line(', '.join(sorted(offers)) or 'nothing')}, not {' or '.join(wanted)}"
        where, remedy = counterpart.where("GET", versions_url), "Agree on a version: `versions` of the partner"
        raise PartnerError(what, where=where, remedy=remedy, status_code=NO_VERSION)
    details_url = urljoin(versions_url, str(offers[version]))
    where = counterpart.where("GET", details_url)
    details = _read(counterpart, details_url)
    listed = _entries(details.get("endpoints") if isinstance(details, dict) else None, where)
    endpoints = _receivers(listed, version, details_url)
    missing = {"credentials", *(partner.pushed if partner.push else ())} - endpoints.keys()
    if missing:
        what = f"OCPI {version} without the endpoints we need: {', '.join(sorted(missing))}"
        remedy = "It has to offer them as RECEIVER; with `push: false` it needs none but `credentials`"
        raise PartnerError(what, where=where, remedy=remedy, status_code=NO_ENDPOINT)
    return Counterparty(version, versions_url, endpoints, "", counterpart.encoding)


def _read(counterpart: Counterpart, url: str) -> Any:
    return _told(counterpart, "GET", url, None)


def _entries(found: Any, where: str) -> list[dict[str, Any]]:
    if isinstance(found, list) and all(isinstance(entry, dict) for entry in found):
        return found[:MOST_ENTRIES]
    raise PartnerError("`data` is no list of objects", where=where, remedy="Check the URL of its versions endpoint")


def _receivers(listed: Collection[Mapping[str, Any]], version: str, base: str) -> dict[str, str]:
    """2.1.1 has no roles; those of `credentials` mean nothing. Tokens are the partner's, and a hub is asked for its clients."""
    return {
        str(entry["identifier"]): urljoin(base, entry["url"])
        for entry in listed
        if isinstance(entry.get("url"), str)
        and len(entry["url"]) <= URL_LENGTH
        and (version == V211 or entry.get("role") == _role(entry) or entry.get("identifier") in _OF_ANY_ROLE)
        and "identifier" in entry
    }


def _role(entry: Mapping[str, Any]) -> str:
    return "SENDER" if entry.get("identifier") == "tokens" else "RECEIVER"
