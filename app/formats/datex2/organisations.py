"""Operators, owners, helpdesks and mobility service providers."""

from __future__ import annotations

from app.formats.datex2.draft import Body, Draft, Tree, extended
from app.formats.datex2.identity import Station, digest
from app.model.identifiers import parse_operator_id

REGISTERS = {"BNETZA": "operatorIdBNetzA"}
_OF_OPERATORS = ("country_code", "party_id", "operator", "suboperator")


def operator(draft: Draft, station: Station) -> Tree | None:
    """None: not told."""
    told = draft.body.get("operator")
    if told is None:
        if draft.dialect.is_base and "help_phone" in draft.body:
            draft.lose("help_phone", f"{draft.dialect.name} has it at operators, of whom nothing is told: left out")
        return None
    phone = _phone(draft, station)
    if draft.dialect.is_base:
        return _specification(draft, told, f"{station.id}*operator", "operator", phone)
    return draft.alike(_operator, {name: draft.body[name] for name in _OF_OPERATORS if name in draft.body})


def _operator(draft: Draft, facts: Body) -> Tree:
    found = _organisation(draft, facts["operator"], "operator")
    if "suboperator" in facts:
        sub = _organisation(draft, facts["suboperator"], "suboperator")
        found["subOrganisation"] = [{"afacAnOrganisation": sub}]
    return {"afacAnOrganisation": found}


def owner(draft: Draft, station: Station) -> Tree | None:
    told = draft.body.get("owner")
    if told is None:
        return None
    if draft.dialect.is_base:
        return _specification(draft, told, f"{station.id}*owner", "owner", None)
    return {"afacAnOrganisation": _organisation(draft, told, "owner")}


def helpdesk(draft: Draft, station: Station) -> Tree | None:
    """With the number, which the base model has at the operator."""
    phone = _phone(draft, station)
    if phone is None or draft.dialect.is_base:
        return None
    party = f"{draft.body['country_code']}*{draft.body['party_id']}"
    name = draft.body.get("operator", {}).get("name", party)
    contact = {"contactInformation": [{"afacContactInformation": {"telephoneNumber": phone}}]}
    return {"afacAnOrganisation": {"name": draft.text(name), "organisationUnit": [contact]}}


def service_providers(draft: Draft, station: Station) -> list[Tree]:
    """Those of the location, and those that its points name."""
    known = {one["name"]: one for one in draft.body.get("service_providers", ())}
    for point in station.points:
        for name in point.evse.get("accepted_service_providers", ()):
            known.setdefault(name, {"name": name})
    return [{"afacAnOrganisation": _provider(draft, one)} for one in known.values()]


def identifier(draft: Draft, value: str, kind: str) -> Tree:
    """An id of the kind: marked as such where the dialect can, else named so."""
    if kind in draft.dialect.identifier_types:
        return {"identifier": value, "typeOfIdentifier": extended(kind)}
    return {"identifier": value, "otherTypeOfIdentifier": kind}


def _phone(draft: Draft, station: Station) -> str | None:
    phone: str | None = station.facts.get("help_phone") or draft.body.get("help_phone")
    return phone


def _provider(draft: Draft, told: Body) -> Tree:
    found: Tree = {"name": draft.text(told["name"])}
    if "provider_id" in told:
        found["externalIdentifier"] = [identifier(draft, _with_separators(told["provider_id"]), "providerId")]
    return found


def _organisation(draft: Draft, told: Body, path: str) -> Tree:
    found = _names(draft, told)
    if "email" in told:
        found["organisationUnit"] = [{"contactInformation": [{"afacContactInformation": {"eMail": told["email"]}}]}]
    ids = [(number, REGISTERS.get(scheme, scheme)) for number, scheme in _registers(told)]
    if code := _code(draft, told, path):
        ids.insert(0, (code, "operatorId"))
    if ids:
        found["externalIdentifier"] = [identifier(draft, number, kind) for number, kind in ids]
    _lose_rest(draft, told, path)
    return found


def _specification(draft: Draft, told: Body, id_: str, path: str, phone: str | None) -> Tree:
    """The base model: one code, one register, and at least one unit."""
    found = _names(draft, told, _code(draft, told, path))
    registers = _registers(told)
    for number, scheme in registers[:1]:
        found |= {"nationalOrganisationNumber": number, "nationalRegister": scheme}
    if len(registers) > 1:
        draft.lose(f"{path}.registration_ids", f"{draft.dialect.name} has one register: the first is said")
    contact = {"telephoneNumber": phone} if phone else {}
    contact |= {"eMail": told["email"]} if "email" in told else {}
    unit: Tree = {"contactInformation": [{"facContactInformation": contact}]} if contact else {}
    found["organisationUnit"] = [unit or {"name": draft.text(told["name"])}]
    if "suboperator" in draft.body and path == "operator":
        draft.lose("suboperator", f"{draft.dialect.name}: left out")
    _lose_rest(draft, told, path)
    return {"facOrganisationSpecification": {"idG": id_, "versionG": digest([told, phone]), **found}}


def _names(draft: Draft, told: Body, code: str | None = None) -> Tree:
    found: Tree = {"name": draft.text(told["name"])}
    if code:
        found["externalCode"] = code
    if "legal_name" in told:
        found["legalName"] = draft.text(told["legal_name"])
    if "website" in told:
        found["linkToGeneralInformation"] = told["website"]
    if "logo" in told:
        found["linkToLogo"] = told["logo"]["url"]
    return found


def _code(draft: Draft, told: Body, path: str) -> str | None:
    """Of an operator whose id is not told: its party, which is the same (OCPI, party_id)."""
    if "operator_id" in told:
        return _with_separators(told["operator_id"])
    return f"{draft.body['country_code']}*{draft.body['party_id']}" if path == "operator" else None


def _registers(told: Body) -> list[tuple[str, str]]:
    """(number, scheme)."""
    return [(one["id"], one["scheme"]) for one in told.get("registration_ids", ())]


def _lose_rest(draft: Draft, told: Body, path: str) -> None:
    if "roles" in told:
        draft.lose(f"{path}.roles", "no such field: left out")
    if "brand" in told and path != "operator":
        draft.lose(f"{path}.brand", "sites have one brand, the operator's: left out")


def _with_separators(id_: str) -> str:
    return parse_operator_id(id_).with_separators
