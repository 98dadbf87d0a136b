"""A table publication as locations and tariffs. One site that cannot be read does not lose the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.clock import Millis
from app.errors import SourceAnswerError
from app.formats.datex2.facts import Facts, gathered, unread
from app.formats.datex2.nodes import RULE
from app.formats.datex2.read_connectors import ASSUMED
from app.formats.datex2.read_document import Document, read_document
from app.formats.datex2.read_ids import operator_id
from app.formats.datex2.read_places import alpha3
from app.formats.datex2.read_rates import Rates, Updates
from app.formats.datex2.read_sites import Site, owner_of
from app.formats.ocpi.parse import read_location, read_tariff
from app.model.batch import Parsed, Raw
from app.model.canonical import full_body
from app.model.identifiers import OperatorId, object_key
from app.model.problem import Problem, Severity

_NOT_OF_THE_FILE = re.compile(r"(last_updated|status|time_zone)$")
"""Required in OCPI, but not in a table: the registry and the coordinates give them."""


@dataclass(frozen=True, slots=True)
class Table:
    locations: list[Raw]
    """One per site; parse with `parse_location`."""
    tariffs: list[Raw]
    """Parse with `parse_tariff`."""
    problems: list[Problem]
    """What the document has that the model has no place for, once for each member; and what is wrong in it."""
    nameless: int
    """Sites without id or owner, so that what is absent is not known."""


def read_table(
    data: bytes,
    name: str,
    at: Millis,
    *,
    country_code: str | None = None,
    party_id: str | None = None,
    updates: Updates | None = None,
) -> Table:
    """`name` is that of the file. `country_code` and `party_id` own sites that name no operator; `at`: prices that ended before
    are left out; `updates`: newer prices, from statuses. Raises SourceAnswerError for what is no table."""
    document = read_document(data, name)
    if not document.sites and document.statuses:
        raise SourceAnswerError("holds statuses and no sites", where=name, remedy="Name it as `status`")
    default = operator_id(f"{country_code}*{party_id}") if country_code and party_id else None
    rates = Rates(updates or {})
    problems = [Problem(f"assumed, where DATEX II does not say it: {ASSUMED}", Severity.NOTE, where=name, rule=RULE)]
    sites = list(_sites(document, name, default, problems))
    for site in sites:
        site.declare(rates)
    country = _publisher(document)
    raws = [Raw(_key(site.owner, site.id), site.body(rates, at, country), site.where) for site in sites]
    tariffs = [
        Raw(object_key(one.country_code, one.party_id, one.id), full_body(one), f"{name} {one.id}")
        for one in rates.tariffs.values()
    ]
    for site in sites:
        problems += gathered([*site.facts.problems, *unread(site.facts)], site.id)
    return Table(raws, tariffs, _told(problems, name), len(document.sites) - len(sites))


def parse_location(raw: Raw) -> Parsed:
    parsed = read_location(raw.body, "2.3.0", country_code=None, party_id=None, where=raw.where)
    return replace(parsed, problems=_without_noise(parsed.problems))


def parse_tariff(raw: Raw) -> Parsed:
    parsed = read_tariff(raw.body, "2.3.0", country_code=None, party_id=None, where=raw.where)
    return replace(parsed, problems=_without_noise(parsed.problems))


def _without_noise(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(one for one in problems if not (one.severity is Severity.NOTE and _NOT_OF_THE_FILE.search(one.path)))


def _sites(document: Document, name: str, default: OperatorId | None, problems: list[Problem]) -> Iterable[Site]:
    seen: dict[str, str] = {}
    for index, tree in enumerate(document.sites):
        where = f"{name} site {index + 1}"
        facts = Facts(tree, "", [], language=document.language)
        owner, id_ = owner_of(facts, default), facts.name()
        if not id_ or owner is None:
            what = "names no operator" if id_ else "has no id"
            remedy = "Set `country_code` and `party_id` of the source" if id_ else "Give it one"
            problems.append(Problem(f"{what}: left out", record=id_, where=where, rule=RULE, remedy=remedy))
            continue
        site = Site(facts, owner, where)
        key = _key(owner, site.id)
        if key in seen:
            what, remedy = (
                f"has the id of another, {seen[key]}, which counts: left out",
                "Give each site an id of its own",
            )
            problems.append(Problem(what, record=id_, path="id", where=where, rule=RULE, remedy=remedy))
            continue
        seen[key] = where
        yield site


def _key(owner: OperatorId, id_: str) -> str:
    return object_key(owner.country, owner.operator, id_)


def _publisher(document: Document) -> str:
    country: Any = Facts(document.header.get("country", ""), "publicationCreator.country", [])
    return alpha3(country) or "" if country.value else ""


def _told(problems: Sequence[Problem], name: str) -> list[Problem]:
    """Notes that say the same of the same member of several sites, once."""
    notes: dict[tuple[str, str], list[Problem]] = {}
    for one in problems:
        apart = "" if one.severity is Severity.NOTE else f"{one.record}{len(notes)}"
        notes.setdefault((re.sub(r" \(\d+ times\)$", "", one.what), one.path + apart), []).append(one)
    return [
        replace(
            same[0], where=same[0].where or name, what=f"{what} ({len(same)} sites)" if len(same) > 1 else same[0].what
        )
        for (what, _), same in notes.items()
    ]
