"""Who asks below `/ocpi`: a partner that registers by credentials, or one whose token was agreed by hand (`pull_token`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hmac import compare_digest

from flask import current_app

from app.delivery.settings import DestinationSettings
from app.formats.ocpi.token import presented
from app.formats.ocpi.versions import V211
from app.model.token import hash_shown
from app.partnering import open_handshakes
from app.registry.views import View
from app.roaming.handshake import Handshakes
from app.roaming.hub_clients import HUB_CLIENTS
from app.roaming.partners import Stage
from app.roaming.settings import PartnerSettings
from app.roaming.shown import view_of
from app.settings import Settings
from app.web.site import EXTENSION, MODULES, RELAY, RELAY_RECEIVES, RELAYED, Scope, site

PREFIX = "/ocpi/cpo"
HANDSHAKES = f"{EXTENSION}.handshakes"


@dataclass(frozen=True, slots=True)
class Caller:
    stage: Stage
    shown: str
    """The hash of the token."""
    partner: PartnerSettings | None = None
    """None: its token was agreed by hand."""
    fixed: View | None = None
    """What that one sees."""

    def scope(self, version: str) -> Scope:
        """Of a path's version; empty where it names none."""
        if self.partner is None:
            return Scope(PREFIX, partner=self.fixed)
        own, more = self.partner, relayed(self.partner, version)
        hub = (HUB_CLIENTS,) if self.partner.hub_client_info and version != V211 else ()
        return Scope(
            PREFIX,
            partner=view_of(own, version),
            versions=own.offered,
            modules=("credentials", *MODULES, *hub, *more),
            receives=(*hub, *(module for module in more if module in RELAY_RECEIVES)),
            page_limit=own.page_limit,
        )


def relayed(partner: PartnerSettings, version: str) -> tuple[str, ...]:
    """Modules by which this partner's drivers charge here; none in 2.1.1."""
    relay = site().settings.roaming.relay
    if relay is None or not partner.relay or version == V211 or RELAY not in current_app.extensions:
        return ()
    return tuple(module for module in RELAYED if module != "commands" or relay.commands_url is not None)


def caller_of(header: str, settings: Settings) -> Caller | None:
    """Whose token this header (`Authorization`) carries; None: nobody's."""
    tokens = presented(header)
    by_hand = _by_hand(tokens, settings.destinations)
    partners = {partner.name: partner for partner in settings.partners}
    found = handshakes().partners.bearer(tokens, partners) if partners and tokens else None
    if found is None:
        return by_hand
    name, stage, shown = found
    handshakes().partners.note_contact(name)
    return Caller(stage, shown, partners[name])


def _by_hand(tokens: Iterable[str], destinations: Iterable[DestinationSettings]) -> Caller | None:
    shown, found = [hash_shown(token) for token in tokens], None
    for each in destinations:
        for one in shown:
            if each.pull_hash is not None and compare_digest(one, each.pull_hash):
                # and go on: how long it takes tells nothing
                found = Caller(Stage.REGISTERED, one, fixed=View(each.parties, each.countries))
    return found


def handshakes() -> Handshakes:
    """Of this process; the key is read when the first partner asks."""
    extensions = current_app.extensions
    if HANDSHAKES not in extensions:
        here = site()
        extensions[HANDSHAKES] = open_handshakes(here.settings, here.engine, here.parties, here.clock)
    found: Handshakes = extensions[HANDSHAKES]
    return found
