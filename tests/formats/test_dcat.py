"""The catalogue says what mobilityDCAT-AP 1.1.0 requires of each class, in its vocabularies, as valid JSON-LD."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from typing import Any

import pytest

from app.formats.base import Publisher, formats
from app.formats.dcat import CONTEXT, Catalogue, Document, Topic, described
from app.model.batch import Kind
from tests.shared import ROOT

HOME = "https://feed.example.org"
PUBLISHER = Publisher(
    "Example Networks", "CH", "https://example.org", "data@example.org", "https://example.org/licence", HOME
)
STREAM = Document(
    "https://stream.example.org/open/stream",
    "Stream",
    "",
    "text/event-stream",
    frozenset({Kind.LOCATIONS, Kind.TARIFFS}),
    whole=False,
    push=True,
)


def documents() -> list[Document]:
    """All that the built-in formats publish, and a stream."""
    return [
        Document(f"{HOME}/open/{address.path}", address.title, form.name, form.media_type, frozenset({address.kind}))
        for form in formats().values()
        for address in form.addresses
    ] + [STREAM]


CATALOGUE = Catalogue(
    url=f"{HOME}/open/catalog.jsonld",
    publisher=PUBLISHER,
    documents=documents(),
    countries=frozenset({"CHE", "DEU"}),
    changed_at=1_790_000_000_000,
    every={Topic.SITES: 600, Topic.STATUS: 10, Topic.PRICES: 10},
)


def nodes(part: Any) -> list[dict[str, Any]]:
    """Every object with a type, however deep."""
    if isinstance(part, list):
        return [node for item in part for node in nodes(item)]
    if not isinstance(part, dict) or part is CONTEXT:
        return []
    found = [node for value in part.values() for node in nodes(value)]
    return [part, *found] if "@type" in part and "@value" not in part else found


def types(node: dict[str, Any]) -> list[str]:
    return node["@type"] if isinstance(node["@type"], list) else [node["@type"]]


def several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def dataset(catalogue: Catalogue, topic: Topic) -> dict[str, Any]:
    return next(one for one in described(catalogue)["dcat:dataset"] if one["@id"].endswith(f"#{topic}"))


def addresses(catalogue: Catalogue, topic: Topic) -> set[str]:
    return {one["dcat:accessURL"]["@id"] for one in dataset(catalogue, topic)["dcat:distribution"]}


@pytest.mark.parametrize(
    "rule",
    list(csv.DictReader((ROOT / "tests/data/dcat/mandatory.csv").read_text().splitlines())),
    ids=lambda rule: f"{rule['class']} {rule['property']}",
)
def test_every_class_has_what_is_mandatory(rule):
    found = [node for node in nodes(described(CATALOGUE)) if rule["class"] in types(node)]
    assert found
    for node in found:
        number = len(several(node.get(rule["property"], [])))
        assert int(rule["least"]) <= number <= int(rule["most"] or number), node["@id"]


def test_it_is_valid_json_ld():
    jsonld = pytest.importorskip("pyld.jsonld", reason="pyld is not installed: deploy/test installs it")
    [expanded] = jsonld.expand(described(CATALOGUE))
    assert expanded["@type"] == ["http://www.w3.org/ns/dcat#Catalog"]
    facts = jsonld.to_rdf(described(CATALOGUE), {"format": "application/n-quads"}).splitlines()
    assert not any("_:" in fact for fact in facts), "a node without a name"
    kept = {name for node in nodes(described(CATALOGUE)) for name in node if not name.startswith("@")}
    properties = {fact.split()[1].strip("<>") for fact in facts}
    assert {CONTEXT[prefix] + local for prefix, local in (name.split(":") for name in kept)} <= properties


def test_a_node_says_the_same_wherever_it_stands():
    """Two statements of one node are one node with both."""
    known: dict[str, Any] = {}
    for node in nodes(described(CATALOGUE)):
        assert known.setdefault(node["@id"], node) == node


def test_every_document_is_listed_once_and_in_the_datasets_it_belongs_to():
    listed = [addresses(CATALOGUE, topic) for topic in Topic]
    assert set().union(*listed) == {document.url for document in CATALOGUE.documents}
    sites, status, prices = listed
    for url in sites | status | prices:
        alone = re.search("status|dynamique", url), re.search("evse-data|statique|table", url)
        of_prices = "tariffs" in url or "/prices." in url
        assert (url in sites) == (not of_prices and not alone[0])
        assert (url in status) == (not of_prices and not alone[1])
        assert (url in prices) == (of_prices or "stream" in url)


def test_standards_and_file_types_are_those_of_the_vocabularies():
    urls = {
        "ocpi/2.3.0/locations.json": ("ocpi", "JSON"),
        "locations.geojson": ("other", "GEOJSON"),
        "oicp/evse-status.json": ("other", "JSON"),
    }
    found = {one["dcat:accessURL"]["@id"]: one for one in dataset(CATALOGUE, Topic.STATUS)["dcat:distribution"]}
    for path, (standard, file_type) in urls.items():
        one = found[f"{HOME}/open/{path}"]
        assert one["mobilitydcatap:mobilityDataStandard"]["@id"].endswith(f"/mobility-data-standard/{standard}")
        assert one["dct:format"]["@id"] == f"http://publications.europa.eu/resource/authority/file-type/{file_type}"
        assert one["dcat:downloadURL"] == one["dcat:accessURL"]


def test_a_stream_is_pushed_and_no_download():
    [stream] = [one for one in dataset(CATALOGUE, Topic.STATUS)["dcat:distribution"] if "stream" in one["@id"]]
    assert stream["mobilitydcatap:communicationMethod"]["@id"].endswith("/push")
    assert "dcat:downloadURL" not in stream


@pytest.mark.parametrize(
    ("seconds", "concept"),
    [
        (10, "frequency/UPDATE_CONT"),
        (60, "update-frequency/1min"),
        (61, "update-frequency/5min"),
        (600, "update-frequency/10min"),
        (86400, "update-frequency/24h"),
        (90000, "frequency/OTHER"),
    ],
)
def test_the_cadence_is_one_that_is_kept(seconds, concept):
    found = dataset(replace(CATALOGUE, every=dict.fromkeys(Topic, seconds)), Topic.SITES)
    assert found["dct:accrualPeriodicity"]["@id"].endswith(f"/{concept}")


def test_the_countries_are_those_with_charge_points():
    said = [place["@id"].rpartition("/")[2] for place in described(CATALOGUE)["dct:spatial"]]
    assert said == ["CHE", "DEU"]


def test_a_publisher_who_names_nothing_has_no_contact_and_the_feed_as_homepage():
    bare = Publisher("Example Networks", licence=PUBLISHER.licence, url=HOME)
    found = described(replace(CATALOGUE, publisher=bare))
    assert found["foaf:homepage"] == {"@id": f"{HOME}/"}
    assert not any("dcat:contactPoint" in one for one in found["dcat:dataset"])


def test_a_dataset_without_a_document_is_not_listed():
    found = described(
        replace(CATALOGUE, documents=[one for one in CATALOGUE.documents if Topic.PRICES not in one.topics])
    )
    assert [one["@id"].rpartition("#")[2] for one in found["dcat:dataset"]] == ["sites", "status"]
    assert len(found["dcat:record"]) == 2


def test_a_catalogue_of_one_party_names_it():
    assert (
        described(replace(CATALOGUE, party="CH*ABC"))["dct:title"]["@value"]
        == "Charge points of Example Networks, CH*ABC"
    )
