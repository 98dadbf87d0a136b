"""What is said of an object in one version of OCPI: made once for all the receivers that are to have it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import orjson

from app.delivery.ocpi_push.messages import Body, Held
from app.delivery.recent import Recent
from app.formats.base import Format
from app.model.batch import Kind
from app.model.identifiers import object_key
from app.model.problem import Problem, Severity
from app.publish.block import Rendering, render
from app.registry.projection import PublicObject


@dataclass(frozen=True)
class Said:
    object: PublicObject
    owner: tuple[str, str]
    """(country_code, party_id)"""
    body: Body

    @cached_property
    def held(self) -> Held:
        """What a receiver holds that was told all of it."""
        return Held.of(self.owner, self.body)

    @cached_property
    def memory(self) -> bytes:
        return self.held.dumps()


_recent: Recent[tuple[str, Kind, str], Said] = Recent()


def said_of(format: Format, kind: Kind, found: PublicObject) -> Said | Problem:
    """The object as the version says it, or why it cannot."""
    key = format.name, kind, object_key(found.country_code, found.party_id, found.id)
    known = _recent.get(key)
    if known is not None and (known.object is found or known.object == found):
        return known
    rendered = render(Rendering(format, kind), found)
    if rendered.body is None:
        loss = rendered.losses[0]
        rule = f"OCPI {format.name.removeprefix('ocpi-')}"
        return Problem(loss.reason, Severity.REFUSED, path=loss.path, value=loss.value, rule=rule)
    said = Said(found, (found.country_code, found.party_id), orjson.loads(rendered.body))
    _recent.put(key, said)
    return said
