"""Operators and owners (OCPI BusinessDetails), with what access points ask for beyond OCPI."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from app.model.faults import broken
from app.model.identifiers import IdentifierError, parse_operator_id
from app.model.place import Image
from app.model.types import EMail, Extension, Model, Text, Url


def _operator_id(value: str) -> str:
    try:
        parse_operator_id(value)
    except IdentifierError as error:
        raise broken(str(error)) from None
    return value


class ExternalId(Model):
    """An id that a register gave: `scheme` names the register (BNETZA, SIREN, IRVE, ISO …)."""

    scheme: Annotated[str, Text(36)]
    id: Annotated[str, Text(100)]


class BusinessDetails(Model):
    name: Annotated[str, Text(100)]
    website: Url | None = None
    logo: Image | None = None

    legal_name: Annotated[Annotated[str, Text(255)] | None, Extension("Name in the commercial register")] = None
    brand: Annotated[Annotated[str, Text(100)] | None, Extension("Name the public sees on site")] = None
    email: Annotated[EMail | None, Extension("Contact for data users and authorities")] = None
    operator_id: Annotated[
        Annotated[str, Text(20), AfterValidator(_operator_id)] | None,
        Extension("Id from the national registrar, DE*ABC"),
    ] = None
    registration_ids: Annotated[list[ExternalId], Extension("Ids in official registers: BNETZA, SIREN")] = []
    roles: Annotated[list[Annotated[str, Text(36)]], Extension("What the organisation does at the site")] = []


class ServiceProvider(Model):
    """A mobility service provider whose contracts work here."""

    name: Annotated[str, Text(100)]
    provider_id: Annotated[str, Text(20), AfterValidator(_operator_id)] | None = None
