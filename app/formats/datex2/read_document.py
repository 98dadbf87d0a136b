"""A document of DATEX II, in XML or JSON, whatever its envelope: a payload, a message container, or neither."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import orjson
from lxml import etree

from app.errors import SourceAnswerError
from app.formats.datex2.trees import Tree, of_element, of_json
from app.model.outside import decoded

_SITE, _STATUS = "energyInfrastructureSite", "energyInfrastructureSiteStatus"
_HEADER = ("lang", "publicationTime", "country", "codedExchangeProtocol")
_BOM = b"\xef\xbb\xbf"
_TABLE_MARK, _STATUS_MARK = b"nergyInfrastructureTable", b"nergyInfrastructureStatusPublication"


@dataclass(slots=True)
class Document:
    sites: list[Tree] = field(default_factory=list)
    """Of its tables."""
    statuses: list[Tree] = field(default_factory=list)
    """Of sites."""
    header: dict[str, str] = field(default_factory=dict)
    """`lang`, `publicationTime`, `country` (of the publisher), `codedExchangeProtocol`; as they are written."""

    @property
    def language(self) -> str:
        return self.header.get("lang", "").lower()

    @property
    def is_delta(self) -> bool:
        """Just what changed."""
        return "delta" in self.header.get("codedExchangeProtocol", "").lower()


def read_document(data: bytes, name: str) -> Document:
    """`name` is that of the file, for errors. Raises SourceAnswerError for what is no such document."""
    content = data.removeprefix(_BOM).lstrip()
    if not (_TABLE_MARK in data or _STATUS_MARK in data or _SITE.encode() in data):
        remedy = "Name a table or status publication of energy infrastructure"
        raise SourceAnswerError("is no DATEX II document of charging points", where=name, remedy=remedy)
    document = Document()
    if content.startswith(b"<"):
        _read_xml(content, name, document)
    else:
        try:
            _read_json(decoded(content), document)
        except orjson.JSONDecodeError as error:
            raise SourceAnswerError(f"is neither XML nor JSON ({error})", where=name, remedy="Look at it") from error
    return document


def _read_json(value: Any, document: Document) -> None:
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            continue
        for name, inner in item.items():
            if name == _SITE:
                document.sites += _objects(inner)
            elif name == _STATUS:
                document.statuses += _objects(inner)
            elif name in _HEADER:
                document.header.setdefault(name, str(of_json(inner)))
            else:
                _read_json(inner, document)


def _objects(value: Any) -> list[Tree]:
    return [of_json(one) for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _read_xml(content: bytes, name: str, document: Document) -> None:
    tags = [f"{{*}}{tag}" for tag in (_SITE, _STATUS, *_HEADER)]
    found = etree.iterparse(
        BytesIO(content), tag=tags, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        for _, element in found:
            _take(element, document)
    except etree.XMLSyntaxError as error:
        raise SourceAnswerError(f"is no well-formed XML ({error.msg})", where=name, remedy="Look at it") from error
    except ValueError as error:  # a name whose prefix nothing declares
        raise SourceAnswerError(f"is no XML with namespaces ({error})", where=name, remedy="Look at it") from error
    if found.root is not None and found.root.getroottree().docinfo.internalDTD is not None:
        raise SourceAnswerError("declares a DTD, which DATEX II has none of", where=name, remedy="Send it without")


def _take(element: etree._Element, document: Document) -> None:
    name = etree.QName(element).localname
    if "lang" not in document.header:
        languages = (one.get("lang") for one in element.iterancestors())
        document.header["lang"] = next((one for one in languages if one), "")
    if name in _HEADER:
        document.header.setdefault(name, (element.text or "").strip())
        return
    tree = of_element(element)
    (document.sites if name == _SITE else document.statuses).append(tree if isinstance(tree, dict) else {})
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
