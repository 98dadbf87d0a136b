"""EVSE ids of connectors: OCPP has none, so a backend knows them, or the settings do."""

from __future__ import annotations

import string

from pydantic import field_validator

from app.model.identifiers import IdentifierError, parse_evse_id
from app.model.problem import Problem, Severity
from app.sources.base import SourceSettings

PLACES = {"charger", "connector"}


class EvseIdSettings(SourceSettings):
    """How the settings name EVSEs."""

    evse_id_pattern: str | None = None
    """EVSE id of a connector that has none otherwise: `DE*ABC*E{charger}*{connector}`."""

    @field_validator("evse_id_pattern")
    @classmethod
    def _names_the_connector(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            named = {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}
            if named != PLACES:
                raise ValueError("write both `{charger}` and `{connector}`, and no other name in braces")
        return pattern

    def evse_id(self, charger: str, connector: int, own: str | None) -> str | Problem:
        """The EVSE's id, or why there is none. `own` is the backend's."""
        name = f"{charger}/{connector}"
        pattern = self.evse_id_pattern or ""
        found = (
            self.named_evses.get(name) or (own or "").strip() or pattern.format(charger=charger, connector=connector)
        )
        if not found:
            return _nameless("has no EVSE id", name, "")
        try:
            parse_evse_id(found)
        except IdentifierError as error:
            return _nameless(error.what, name, found)
        return found.upper()


def _nameless(what: str, name: str, value: str) -> Problem:
    return Problem(
        f"{what}: left out",
        Severity.REFUSED,
        record=name[:80],
        path="evse_id",
        value=value[:80],
        remedy=f"Give it one in the backend, or in the source's settings (`evse_ids: {{{name}: DE*ABC*E1}}`, `evse_id_pattern`)",
    )
