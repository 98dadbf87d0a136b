"""Documents against the official schemas, XML or JSON, which lie in folders as they are downloaded.

A set is a folder with the root schema and all that it names (`DATEXII_3_…`). There is one for each version and profile, and a
document does not tell reliably which one it means: it is held against those that know its publication until one takes it; where
none does, what counts is the set that it comes closest to.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from itertools import islice
from pathlib import PurePath
from typing import Any, ClassVar, NamedTuple

import jsonschema_rs
from lxml import etree

from app.errors import ConfigError

_ROOTS = ("DATEXII_3_MessageContainer", "DATEXII_3_D2Payload")
_CONTAINER = "messageContainer"
_BASE = "http://datex2.eu/schema/3/"
_URI = "json-schema:///"
"""Where schemas lie that name each other by file name alone."""
_MOST = 1000
"""Violations that are told of a document."""


class Violation(NamedTuple):
    line: int
    """Of XML; 0 for JSON."""
    path: tuple[str | int, ...]
    """Of JSON its steps; of XML an XPath alone."""
    what: str


class Judged(NamedTuple):
    schema: str
    """Folder of the set."""
    violations: list[Violation]


class _Set(ABC):
    """A folder of schemas of one kind."""

    kind: ClassVar[str]

    def __init__(self, folder: str, files: Mapping[str, bytes]) -> None:
        self.folder, self._files = folder, files

    @abstractmethod
    def load(self) -> None:
        """Done at first use, if not before. Raises ConfigError where the schemas cannot be used."""

    @abstractmethod
    def violations(self, document: Any) -> list[Violation]: ...


class Schemas:
    """For one thread at a time."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """`files`: path → content of the schemas of any number of sets."""
        folders: dict[str, dict[str, bytes]] = {}
        for path, content in files.items():
            folders.setdefault(str(PurePath(path).parent), {})[PurePath(path).name] = content
        self._xml = [_XmlSet(folder, found) for folder, found in sorted(folders.items()) if _has(found, ".xsd")]
        json_sets = [_JsonSet(folder, found) for folder, found in sorted(folders.items()) if _has(found, ".json")]
        self._json = [one for one in json_sets if one.publications]
        self._last: _Set | None = None

    def load(self) -> list[tuple[str, str]]:
        """(folder, kind) of each set, all of them made ready. Raises ConfigError for one that cannot be used."""
        found = [*self._xml, *self._json]
        for one in found:
            one.load()
        return [(one.folder, one.kind) for one in found]

    def taking(self, document: Any) -> Schemas:
        """Just the sets that take this document, the root of an XML one or a JSON one; there may be none."""
        narrowed = copy(self)
        is_xml = isinstance(document, etree._Element)
        fitting = self._knowing_xml(document) if is_xml else self._knowing_json(document)
        taking = [one for one in fitting if not one.violations(document)]
        narrowed._xml = [one for one in self._xml if one in taking]
        narrowed._json = [one for one in self._json if one in taking]
        return narrowed

    def __bool__(self) -> bool:
        return bool(self._xml or self._json)

    def judge_xml(self, root: etree._Element) -> Judged | None:
        """None where no set knows the document though it is one of DATEX II."""
        return self._judged(self._knowing_xml(root), root, all(one.startswith(_BASE) for one in _marks(root)))

    def judge_json(self, document: Any) -> Judged | None:
        """As `judge_xml`."""
        return self._judged(self._knowing_json(document), document, bool(_publication(document)[1]))

    def _knowing_xml(self, root: etree._Element) -> list[_Set]:
        return [one for one in self._xml if one.knows(etree.QName(root).localname, _marks(root))]

    def _knowing_json(self, document: Any) -> list[_Set]:
        return [one for one in self._json if one.knows(*_publication(document))]

    def _judged(self, fitting: Sequence[_Set], document: Any, is_datex: bool) -> Judged | None:
        """The set that took the document before is asked first: documents of one kind come one after another."""
        closest: Judged | None = None
        for one in sorted(fitting, key=lambda one: one is not self._last):
            violations = one.violations(document)
            if not violations:
                self._last = one
                return Judged(one.folder, [])
            if closest is None or len(violations) < len(closest.violations):
                closest = Judged(one.folder, violations)
        if closest is None and not is_datex:
            return Judged("", [Violation(1, (), "its root or its namespaces are none of DATEX II")])
        return closest


class _XmlSet(_Set):
    kind = "XSD"

    def __init__(self, folder: str, files: Mapping[str, bytes]) -> None:
        super().__init__(folder, files)
        self._targets = {_target(content) for content in files.values()}

    def knows(self, root: str, namespaces: set[str]) -> bool:
        has_root = any(f"{name}.xsd" in self._files for name in (_ROOTS[:1] if root == _CONTAINER else _ROOTS))
        return has_root and namespaces <= self._targets

    def violations(self, document: etree._Element) -> list[Violation]:
        schema = self._schema
        if schema.validate(document):
            return []
        log: Any = schema.error_log
        return [Violation(error.line, (error.path,), _short(error.message)) for error in log][:_MOST]

    def load(self) -> None:
        _ = self._schema

    @cached_property
    def _schema(self) -> etree.XMLSchema:
        parser = etree.XMLParser(no_network=True, load_dtd=False)
        parser.resolvers.add(_Beside(self._files))
        name = next(f"{name}.xsd" for name in _ROOTS if f"{name}.xsd" in self._files)
        try:
            return etree.XMLSchema(etree.fromstring(self._files[name], parser, base_url=name))
        except etree.LxmlError as error:
            raise ConfigError(f"no XSD that can be used: {error}", where=f"{self.folder}/{name}") from None


class _JsonSet(_Set):
    kind = "JSON Schema"

    def knows(self, container: bool, publication: str) -> bool:
        return f"{_ROOTS[0 if container else 1]}.json" in self._files and publication in self.publications

    def violations(self, document: Any) -> list[Violation]:
        validator = self._validators[_ROOTS[0 if _CONTAINER in document else 1]]
        errors = islice(validator.iter_errors(document), _MOST)
        return [Violation(0, tuple(error.instance_path), _short(error.message)) for error in errors]

    def load(self) -> None:
        _ = self._validators

    @cached_property
    def publications(self) -> frozenset[str]:
        """Empty for what is no whole set, such as the container alone."""
        common = self._files.get("DATEXII_3_Common.json", b"").decode("utf-8-sig", "replace")
        return frozenset(re.findall(r'"(\w+Publication)"', common))

    @cached_property
    def _validators(self) -> dict[str, jsonschema_rs.Draft202012Validator]:
        """By root."""
        try:
            named = [(_URI + name, json.loads(text.decode("utf-8-sig"))) for name, text in self._files.items()]
            registry = jsonschema_rs.Registry(named)
            return {
                root: jsonschema_rs.Draft202012Validator(
                    {"$ref": f"{_URI}{root}.json"}, registry=registry, validate_formats=True
                )
                for root in _ROOTS
                if f"{root}.json" in self._files
            }
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise ConfigError(f"no JSON Schema that can be used: {error}", where=self.folder) from None


class _Beside(etree.Resolver):
    """Finds what a schema imports in its own folder, and nowhere else."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]  # stubs lack context
        content = self._files.get(PurePath(system_url).name)
        return None if content is None else self.resolve_string(content, context, base_url=PurePath(system_url).name)


def _marks(root: etree._Element) -> set[str]:
    """Namespaces by which a schema is known."""
    return {etree.QName(root).namespace or "", *(uri for uri in root.nsmap.values() if "nergyInfra" in uri)}


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


def _short(message: str) -> str:
    """Without the namespaces, which hide what is said; of huge values the beginning."""
    text = " ".join(message.replace(_BASE, "").split())
    return text if len(text) <= 300 else f"{text[:297]}..."
