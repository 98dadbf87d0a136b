"""What a partner sees: its part of the network, and its own terms."""

from __future__ import annotations

from app.formats.ocpi.versions import V211
from app.registry.terms import Terms
from app.registry.views import View
from app.roaming.settings import PartnerSettings


def view_of(partner: PartnerSettings, version: str) -> View:
    """In a version: 2.1.1 cannot say that a location is not to be published, so it has none of those."""
    types = frozenset(kind.value for kind in partner.tariff_types)
    terms = Terms(types, partner.contract_tariffs)
    if version != V211:
        terms = Terms(types, partner.contract_tariffs, partner.issuers, partner.token_groups)
    return View(partner.parties, partner.countries, None if terms == Terms() else terms)
