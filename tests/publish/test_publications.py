"""Which documents there are: those that formats name, for the parties and countries of what is public."""

from __future__ import annotations

import pytest

from app.formats.base import Address, Cadence, Publisher, formats
from app.model.batch import Kind
from app.publish.publications import catalogue
from app.registry.projection import View
from tests.publish.forms import Plain

SCOPES = {("DE*ABC", "DEU"), ("FR*XYZ", "FRA"), ("FR*XYZ", "DEU"), ("FR*XYZ", "")}


class National(Plain):
    name = "national"
    addresses = (
        Address("status.csv", Kind.LOCATIONS, "Status", countries=frozenset({"FRA"})),
        Address("sites.csv", Kind.SITES, "Sites", Cadence.STATIC, frozenset({"FRA"})),
        Address("prices.json", Kind.TARIFFS, "Prices", one_party=True),
    )


def test_a_national_document_is_of_its_countrys_sites_whoever_owns_them() -> None:
    found = catalogue({"national": National()}, SCOPES)
    assert found["/open/status.csv"].view == View(countries=frozenset({"FRA"}))
    assert found["/open/party/FR-XYZ/status.csv"].view == View(frozenset({"FR*XYZ"}), frozenset({"FRA"}))


def test_where_there_are_no_sites_of_the_country_there_is_no_document() -> None:
    assert "/open/party/DE-ABC/status.csv" not in catalogue({"national": National()}, SCOPES)
    assert set(catalogue({"national": National()}, {("DE*ABC", "DEU")})) == {
        "/open/prices.json",
        "/open/party/DE-ABC/prices.json",
    }


def test_documents_come_after_those_they_refer_to() -> None:
    assert list(catalogue({"national": National()}, SCOPES))[:3] == [
        "/open/prices.json",
        "/open/sites.csv",
        "/open/status.csv",
    ]


def test_a_document_of_one_party_speaks_for_the_default_party_at_the_root() -> None:
    form = {"national": National()}
    assert catalogue(form, SCOPES)["/open/prices.json"].view.parties == {"DE*ABC"}
    assert catalogue(form, SCOPES, "FR*XYZ")["/open/prices.json"].view.parties == {"FR*XYZ"}


@pytest.mark.parametrize("end", ["prefix", "suffix"])
def test_the_envelope_names_the_publisher(end: str) -> None:
    class Signed(National):
        def prefix(self, envelope):
            return f"{envelope.publisher.name} {envelope.stamp}".encode()

        suffix = prefix

    publication = catalogue({"signed": Signed()}, SCOPES, publisher=Publisher("Stadtwerke"))["/open/sites.csv"]
    assert getattr(publication, end)(7) == b"Stadtwerke 7"


def test_a_document_of_one_party_tells_it() -> None:
    found = catalogue(formats(), SCOPES)
    for folder, party in (("", "all"), ("party/FR-XYZ/", "FR*XYZ")):
        assert f'"table*{party}"'.encode() in found[f"/open/{folder}datex2/v3.7-afir/table.json"].prefix(0)
