"""Documents against the official schemas, XML or JSON, which lie in folders as they are downloaded.

A set is a folder with the root schema and all that it names (`DATEXII_3_…`). There is one for each version and profile, and a
document does not tell reliably which one it means: it is held against each that knows its publication, and what counts is the
set that it comes closest to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import PurePath
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator
from lxml import etree
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from app.errors import ConfigError

_ROOTS = ("DATEXII_3_MessageContainer", "DATEXII_3_D2Payload")
_CONTAINER = "messageContainer"
_BASE = "http://datex2.eu/schema/3/"
_MOST = 1000
"""Violations that are told of a document."""


class Violation(NamedTuple):
    line: int
    """Of XML; 0 for JSON."""
    path: tuple[str | int, ...]
    """Of JSON; empty for XML."""
    what: str


class Judged(NamedTuple):
    schema: str
    """Folder of the set."""
    violations: list[Violation]


class Schemas:
    def __init__(self, files: Mapping[str, bytes]) -> None:
        """`files`: path → content of the schemas of any number of sets."""
        folders: dict[str, dict[str, bytes]] = {}
        for path, content in files.items():
            folders.setdefault(str(PurePath(path).parent), {})[PurePath(path).name] = content
        self._xml = [_XmlSet(folder, found) for folder, found in sorted(folders.items()) if _has(found, ".xsd")]
        self._json = [_JsonSet(folder, found) for folder, found in sorted(folders.items()) if _has(found, ".json")]

    def judge_xml(self, root: etree._Element) -> Judged:
        """Raises ConfigError where no set knows the document though it is one of DATEX II."""
        marks = {etree.QName(root).namespace or "", *(uri for uri in root.nsmap.values() if "nergyInfra" in uri)}
        fitting = [one for one in self._xml if one.knows(etree.QName(root).localname, marks)]
        return _closest(
            [Judged(one.folder, one.violations(root)) for one in fitting], all(one.startswith(_BASE) for one in marks)
        )

    def judge_json(self, document: Any) -> Judged:
        """As `judge_xml`."""
        container, publication = _publication(document)
        fitting = [one for one in self._json if one.knows(container, publication)]
        return _closest([Judged(one.folder, one.violations(document)) for one in fitting], bool(publication))


class _XmlSet:
    def __init__(self, folder: str, files: Mapping[str, bytes]) -> None:
        self.folder, self._files = folder, files
        self._targets = {_target(content) for content in files.values()}

    def knows(self, root: str, namespaces: set[str]) -> bool:
        has_root = any(f"{name}.xsd" in self._files for name in (_ROOTS[:1] if root == _CONTAINER else _ROOTS))
        return has_root and namespaces <= self._targets

    def violations(self, root: etree._Element) -> list[Violation]:
        schema = self._schema
        schema.validate(root)
        log: Any = schema.error_log
        return [Violation(error.line, (), _short(error.message)) for error in log][:_MOST]

    @cached_property
    def _schema(self) -> etree.XMLSchema:
        parser = etree.XMLParser(no_network=True, load_dtd=False)
        parser.resolvers.add(_Beside(self._files))
        name = next(f"{name}.xsd" for name in _ROOTS if f"{name}.xsd" in self._files)
        try:
            return etree.XMLSchema(etree.fromstring(self._files[name], parser, base_url=name))
        except etree.LxmlError as error:
            raise ConfigError(f"no XSD that can be used: {error}", where=f"{self.folder}/{name}") from None


class _JsonSet:
    def __init__(self, folder: str, files: Mapping[str, bytes]) -> None:
        self.folder, self._files = folder, files

    def knows(self, container: bool, publication: str) -> bool:
        root = f"{_ROOTS[0 if container else 1]}.json"
        common = self._files.get("DATEXII_3_Common.json", b"")
        return root in self._files and f'"{publication}"'.encode() in common

    def violations(self, document: Any) -> list[Violation]:
        root = f"{_ROOTS[0 if _CONTAINER in document else 1]}.json"
        validator = Draft202012Validator(
            {"$ref": root}, registry=self._registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        found: list[Violation] = []
        for error in validator.iter_errors(document):
            found.append(Violation(0, tuple(error.absolute_path), _short(error.message)))
            if len(found) == _MOST:
                break
        return found

    @cached_property
    def _registry(self) -> Registry[Any]:
        try:
            loaded = {name: json.loads(content.decode("utf-8-sig")) for name, content in self._files.items()}
        except ValueError as error:
            raise ConfigError(f"no JSON Schema: {error}", where=self.folder) from None
        resources = ((name, Resource.from_contents(one, DRAFT202012)) for name, one in loaded.items())
        return Registry().with_resources(resources)


class _Beside(etree.Resolver):
    """Finds what a schema imports in its own folder, and nowhere else."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]  # stubs lack context
        content = self._files.get(PurePath(system_url).name)
        return None if content is None else self.resolve_string(content, context, base_url=PurePath(system_url).name)


def _has(files: Mapping[str, bytes], suffix: str) -> bool:
    return any(f"{name}{suffix}" in files for name in _ROOTS)


def _target(schema: bytes) -> str:
    try:
        return etree.fromstring(schema, etree.XMLParser(no_network=True)).get("targetNamespace", "")
    except etree.XMLSyntaxError:
        return ""


def _publication(document: Any) -> tuple[bool, str]:
    """Whether it is in a container, and the key of its publication; empty: it has none."""
    container = isinstance(document, dict) and _CONTAINER in document
    names = (name for name in _keys(document) if name.endswith("Publication"))
    return container, next(names, "")


def _keys(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, list):
        for one in value[:1]:
            yield from _keys(one, depth + 1)
    elif isinstance(value, dict) and depth < 5:
        for name, inner in value.items():
            yield name
            yield from _keys(inner, depth + 1)


def _closest(judged: list[Judged], is_datex: bool) -> Judged:
    if judged:
        return min(judged, key=lambda one: len(one.violations))
    if not is_datex:
        return Judged("", [Violation(1, (), "its root or its namespaces are none of DATEX II")])
    remedy = "Put the DATEXII_3_… files of its version there, XSD for XML and JSON Schema for JSON, one folder for each version"
    raise ConfigError("no schema among those given knows such a document", remedy=remedy)


def _short(message: str) -> str:
    """Without the namespaces, which hide what is said; of huge values the beginning."""
    text = " ".join(message.replace(_BASE, "").split())
    return text if len(text) <= 300 else f"{text[:297]}..."
