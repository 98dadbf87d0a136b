"""Operators, owners, helpdesks and mobility service providers, as OCPI has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.formats.datex2.facts import Facts
from app.formats.datex2.organisations import REGISTERS as WRITTEN
from app.formats.datex2.read_ids import operator_id
from app.formats.datex2.trees import Tree

_SCHEMES = {kind: scheme for scheme, kind in WRITTEN.items()} | {"operatorIdBnetzA": "BNETZA"}
_OPERATOR_ID = ("operatorId", "providerId")
_BARE = 3
"""Characters of an operator id without its country."""


def organisation(facts: Facts, country: str) -> Tree | None:
    """BusinessDetails; None, with a note: without a name OCPI has no organisation.

    `country` (alpha-2) goes before an operator id that has none, as EnBW writes it.
    """
    name = facts.words("name") or facts.words("legalName")
    if name is None:
        facts.note("an organisation without a name: left out", "Send its name")
        return None
    found: Tree = {
        "name": name,
        "legal_name": facts.words("legalName"),
        "website": facts.said("linkToGeneralInformation"),
        "email": next((text for one in _contacts(facts) if (text := one.said("eMail"))), None),
    }
    registers: list[Tree] = []
    for id_, kind in ids(facts):
        whole = f"{country}*{id_}" if len(id_) == _BARE else id_
        if kind in _OPERATOR_ID and operator_id(whole):
            found.setdefault("operator_id", whole)
        elif kind:
            registers.append({"scheme": _SCHEMES.get(kind, kind), "id": id_})
    found["registration_ids"] = registers
    return {field: value for field, value in found.items() if value}


def ids(facts: Facts) -> Iterator[tuple[str, str]]:
    """(id, kind as it is called); of the base model its code and its register."""
    for one in facts.many("externalIdentifier"):
        kind = one.said("typeOfIdentifier") or one.said("otherTypeOfIdentifier") or ""
        yield one.said("identifier") or "", kind
    if code := facts.said("externalCode"):
        yield code, "operatorId"
    if number := facts.said("nationalOrganisationNumber"):
        yield number, facts.said("nationalRegister") or "national"
    if number := facts.said("vatIdentificationNumber"):
        yield number, "VAT"
    for field in ("operatorId", "operatorIdBnetzA"):  # German draft 00-02-00
        if id_ := facts.said(field):
            yield id_, field
    if operator_id(facts.name()):
        yield facts.name(), "operatorId"


def phone(organisations: Iterable[Facts | None]) -> str | None:
    """The first number of the first that has one."""
    for one in organisations:
        for contact in _contacts(one) if one else ():
            if number := contact.said("telephoneNumber"):
                return number
    return None


def providers(facts: Facts) -> list[Tree]:
    found: list[Tree] = []
    for one in facts.many("mobilityServiceProvider"):
        name = one.words("name")
        if name is None:
            one.note("a service provider without a name: left out", "Send its name")
            continue
        provider: Tree = {"name": name}
        id_ = next((id_ for id_, kind in ids(one) if kind in _OPERATOR_ID and operator_id(id_)), None)
        found.append(provider | ({"provider_id": id_} if id_ else {}))
    return found


def _contacts(facts: Facts) -> Iterator[Facts]:
    for unit in facts.many("organisationUnit"):
        yield from unit.many("contactInformation")
