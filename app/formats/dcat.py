"""The catalogue of what is published, for national access points: mobilityDCAT-AP 1.1.0 (NAPCORE, 2025-01-17) as JSON-LD.

Three datasets: where charge points are and what they offer, their live status, their ad hoc prices. Each has one distribution per
document or interface that holds it. Values come from the controlled vocabularies that the profile names (section 5.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from app.clock import Millis, format_time
from app.formats.base import Publisher
from app.model.batch import Kind

Node = dict[str, Any]

VERSION = "1.1.0"
PROFILE = f"https://w3id.org/mobilitydcat-ap/releases/{VERSION}/"
CONTEXT = {
    "cnt": "http://www.w3.org/2011/content#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "mobilitydcatap": "https://w3id.org/mobilitydcat-ap#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_MOBILITY = "https://w3id.org/mobilitydcat-ap/"
_EUROPE = "http://publications.europa.eu/resource/authority/"


class Topic(StrEnum):
    """A dataset."""

    SITES = "sites"
    STATUS = "status"
    PRICES = "prices"


_TITLES = {
    Topic.SITES: (
        "Charge points: locations and what they offer",
        "Where electric vehicles can be charged: address, coordinates, opening times, connectors, power, access, payment.",
    ),
    Topic.STATUS: (
        "Charge points: live status",
        "Whether each charge point is free, in use, reserved or out of order, as it changes.",
    ),
    Topic.PRICES: (
        "Charge points: ad hoc prices",
        "What drivers without a contract pay at each charge point: tariffs with all their components, before and after taxes.",
    ),
}
_CATEGORY = ("filling-and-charging-stations", "Filling and charging stations")
_CONDITIONS = ("location-and-conditions-of-charging-points", "Location and conditions of charging points")
_AVAILABILITY = (
    "availability-of-charging-points-for-electric-vehicles",
    "Availability of charging points for electric vehicles",
)
_THEMES = {Topic.SITES: _CONDITIONS, Topic.STATUS: _AVAILABILITY, Topic.PRICES: _CONDITIONS}

_STANDARDS = (
    ("ocpi-", "ocpi", "OCPI", "Open Charge Point Interface"),
    ("datex2", "datex-II", "DATEX II", "DATEX II"),
    ("oicp-", "other", "Other", "OICP 2.3, Open InterCharge Protocol"),
    ("irve-", "other", "Other", "schema-irve of schema.data.gouv.fr"),
    ("geojson", "other", "Other", "GeoJSON, RFC 7946"),
    ("nevi", "other", "Other", "23 CFR 680.116(c), National Electric Vehicle Infrastructure"),
    ("afdc", "other", "Other", "Station file of the Alternative Fuels Data Center"),
)
"""What the name of a format begins with, concept and label in the vocabulary, and how people call it."""
_WHOLE = ("ocpi-", "geojson", "nevi", "afdc")
"""Formats whose locations say everything of a place, statuses included."""

_PRICES = "prices-"
"""What the names of formats begin with that have just prices."""

_FILE_TYPES = {
    "application/json": "JSON",
    "application/geo+json": "GEOJSON",
    "application/xml": "XML",
    "text/xml": "XML",
    "text/csv": "CSV",
    "text/event-stream": "TXT",
}
_FREQUENCIES = (
    (60, "1min"),
    (300, "5min"),
    (600, "10min"),
    (900, "15min"),
    (1800, "30min"),
    (3600, "1h"),
    (7200, "2h"),
    (10800, "3h"),
    (43200, "12h"),
    (86400, "24h"),
)
"""Seconds at most → update-frequency of the profile."""


@dataclass(frozen=True, slots=True)
class Document:
    """Something to fetch."""

    url: str
    title: str
    format: str
    """Name of the format; empty: chargefeed's own JSON."""
    media_type: str
    kinds: frozenset[Kind]
    """What it is made of: locations, sites, tariffs."""
    whole: bool = True
    """A file to download; else an interface, asked page by page."""
    push: bool = False
    """A stream: changes come by themselves."""

    @property
    def topics(self) -> frozenset[Topic]:
        """The datasets it belongs to."""
        if self.format.startswith(_PRICES):
            return frozenset({Topic.PRICES})
        found = {_TOPICS[kind] for kind in self.kinds}
        if Kind.LOCATIONS in self.kinds and (not self.format or self.format.startswith(_WHOLE)):
            found.add(Topic.SITES)
        return frozenset(found)


_TOPICS = {Kind.SITES: Topic.SITES, Kind.LOCATIONS: Topic.STATUS, Kind.TARIFFS: Topic.PRICES}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is to be described."""

    url: str
    """Of the catalogue itself."""
    publisher: Publisher
    documents: Sequence[Document]
    countries: frozenset[str]
    """ISO 3166-1 alpha-3: where there are charge points; at least one."""
    changed_at: Millis
    """When the feed last changed."""
    every: dict[Topic, float]
    """Seconds between two looks at what the documents of a dataset hold."""
    party: str = ""
    """`DE*ABC` where it is of one party."""


def described(catalogue: Catalogue) -> Node:
    """The catalogue as a JSON-LD object with its context inline. Datasets without a document are left out."""
    found = {topic: [one for one in catalogue.documents if topic in one.topics] for topic in Topic}
    topics = [topic for topic, documents in found.items() if documents]
    name = f"{catalogue.publisher.name}, {catalogue.party}" if catalogue.party else catalogue.publisher.name
    return {
        "@context": CONTEXT,
        "@id": catalogue.url,
        "@type": "dcat:Catalog",
        "dct:title": _english(f"Charge points of {name}"),
        "dct:description": _english(
            "Open data on charge points: what they offer, their live status and ad hoc prices."
        ),
        "foaf:homepage": _node(catalogue.publisher.website or f"{catalogue.publisher.url}/"),
        "dct:publisher": _agent(catalogue.publisher),
        "dct:language": _node(f"{_EUROPE}language/ENG", "dct:LinguisticSystem"),
        "dct:license": _node(catalogue.publisher.licence, "dct:LicenseDocument"),
        "dct:spatial": _spatial(catalogue),
        "dct:modified": _moment(catalogue.changed_at),
        "dcat:record": [_record(catalogue, topic) for topic in topics],
        "dcat:dataset": [_dataset(catalogue, topic, found[topic]) for topic in topics],
    }


def _record(catalogue: Catalogue, topic: Topic) -> Node:
    """Made anew whenever the feed changes: created and modified at once."""
    return {
        "@id": f"{catalogue.url}#record-{topic}",
        "@type": "dcat:CatalogRecord",
        "foaf:primaryTopic": _node(f"{catalogue.url}#{topic}"),
        "dct:language": _node(f"{_EUROPE}language/ENG", "dct:LinguisticSystem"),
        "dct:created": _moment(catalogue.changed_at),
        "dct:modified": _moment(catalogue.changed_at),
        "dct:conformsTo": _node(PROFILE),
    }


def _dataset(catalogue: Catalogue, topic: Topic, documents: Iterable[Document]) -> Node:
    title, description = _TITLES[topic]
    contact = {"dcat:contactPoint": _contact(catalogue.publisher)} if catalogue.publisher.email else {}
    return {
        "@id": f"{catalogue.url}#{topic}",
        "@type": "dcat:Dataset",
        "dct:title": _english(title),
        "dct:description": _english(description),
        "dct:identifier": f"{catalogue.url}#{topic}",
        "dct:publisher": _agent(catalogue.publisher),
        **contact,
        "dct:accrualPeriodicity": _frequency(catalogue.every[topic]),
        "dct:spatial": _spatial(catalogue),
        "dct:modified": _moment(catalogue.changed_at),
        "dcat:theme": _concept(f"{_EUROPE}data-theme/TRAN", "Transport"),
        "mobilitydcatap:mobilityTheme": [
            _concept(f"{_MOBILITY}mobility-theme/{name}", label) for name, label in (_CATEGORY, _THEMES[topic])
        ],
        "mobilitydcatap:georeferencingMethod": _concept(
            f"{_MOBILITY}georeferencing-method/geocoordinates", "Geocoordinates"
        ),
        "mobilitydcatap:transportMode": _concept(f"{_MOBILITY}transport-mode/car", "Car"),
        "dct:conformsTo": _node("http://www.opengis.net/def/crs/EPSG/0/4326", "dct:Standard"),
        "dcat:distribution": [_distribution(catalogue, document) for document in documents],
    }


def _distribution(catalogue: Catalogue, document: Document) -> Node:
    """The same node in each dataset that it belongs to."""
    concept, label, standard = _standard(document.format)
    download = {"dcat:downloadURL": _node(document.url)} if document.whole else {}
    method = "push" if document.push else "pull"
    return {
        "@id": f"{catalogue.url}#{urlsplit(document.url).path.strip('/')}",
        "@type": "dcat:Distribution",
        "dct:title": _english(document.title),
        "dcat:accessURL": _node(document.url),
        **download,
        "dct:format": _node(
            f"{_EUROPE}file-type/{_FILE_TYPES.get(document.media_type, 'BIN')}", "dct:MediaTypeOrExtent"
        ),
        "mobilitydcatap:mobilityDataStandard": _standard_node(concept, label),
        "mobilitydcatap:dataFormatNotes": _english(f"{standard}: {document.title}"),
        "mobilitydcatap:applicationLayerProtocol": _concept(
            f"{_MOBILITY}application-layer-protocol/http-https", "HTTP/HTTPS"
        ),
        "mobilitydcatap:communicationMethod": _concept(
            f"{_MOBILITY}communication-method/{method}", method.capitalize()
        ),
        "cnt:characterEncoding": "UTF-8",
        "dct:license": _node(catalogue.publisher.licence, "dct:LicenseDocument"),
        "dct:rights": {
            "@id": f"{catalogue.url}#rights",
            "@type": "dct:RightsStatement",
            "rdfs:label": _english("Anonymous and free of charge, without registration or key"),
            "dct:type": _concept(
                f"{_MOBILITY}conditions-for-access-and-usage/licence-provided-free-of-charge",
                "Licence provided, free of charge",
            ),
        },
    }


def _standard(format_name: str) -> tuple[str, str, str]:
    for prefix, concept, label, name in _STANDARDS:
        if format_name.startswith(prefix):
            return concept, label, name
    return "other", "Other", format_name or "chargefeed JSON"


def _standard_node(concept: str, label: str) -> Node:
    node = _concept(f"{_MOBILITY}mobility-data-standard/{concept}", label)
    return {**node, "@type": ["mobilitydcatap:MobilityDataStandard", "skos:Concept"]}


def _frequency(seconds: float) -> Node:
    """The shortest of the vocabulary that is kept; below a minute it has none but `continuously`."""
    if seconds < _FREQUENCIES[0][0]:
        return _node(f"{_EUROPE}frequency/UPDATE_CONT", "dct:Frequency")
    name = next((name for most, name in _FREQUENCIES if seconds <= most), None)
    return _node(f"{_MOBILITY}update-frequency/{name}" if name else f"{_EUROPE}frequency/OTHER", "dct:Frequency")


def _spatial(catalogue: Catalogue) -> list[Node]:
    return [_node(f"{_EUROPE}country/{country}", "dct:Location") for country in sorted(catalogue.countries)]


def _agent(publisher: Publisher) -> Node:
    agent: Node = {"@id": f"{publisher.url}/#publisher", "@type": "foaf:Agent", "foaf:name": publisher.name}
    if publisher.website:
        agent["foaf:workplaceHomepage"] = _node(publisher.website)
    if publisher.email:
        agent["foaf:mbox"] = _node(f"mailto:{publisher.email}")
    return agent


def _contact(publisher: Publisher) -> Node:
    return {
        "@id": f"{publisher.url}/#contact",
        "@type": ["vcard:Kind", "vcard:Organization"],
        "vcard:fn": publisher.name,
        "vcard:hasEmail": _node(f"mailto:{publisher.email}"),
    }


def _node(iri: str, type_: str = "") -> Node:
    return {"@id": iri, "@type": type_} if type_ else {"@id": iri}


def _concept(iri: str, label: str) -> Node:
    return {"@id": iri, "@type": "skos:Concept", "skos:prefLabel": _english(label)}


def _english(text: str) -> Node:
    return {"@value": text, "@language": "en"}


def _moment(at: Millis) -> Node:
    return {"@value": format_time(at), "@type": "xsd:dateTime"}
