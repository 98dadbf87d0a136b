"""What stands around the sites of a document: publication header, table, message container (Exchange 2020)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import orjson

from app.clock import format_time
from app.formats.base import Envelope
from app.formats.datex2.dialect import JSON, Dialect
from app.formats.datex2.draft import Tree, code, language_of
from app.formats.datex2.write_xml import XmlWriter, declarations

_HERE = "sites"
"""Where the sites go."""
_MODEL = {"modelBaseVersionG": "3"}
_UNKNOWN = {"country": "ZZ", "nationalIdentifier": "unknown"}
"""The schemas require a publisher; ISO 3166 has no country ZZ."""
_XML = b'<?xml version="1.0" encoding="UTF-8"?>\n'


class Protocol(StrEnum):
    """How a status document is exchanged."""

    PULL = "snapshotPull"
    PUSH = "snapshotPush"
    DELTA = "deltaPush"


@dataclass(frozen=True, slots=True)
class Frame:
    dialect: Dialect
    encoding: str
    """`xml` or `json`."""
    protocol: Protocol | None
    """None: a table."""

    @property
    def member(self) -> str:
        """Name of a site."""
        return "energyInfrastructureSite" if self.protocol is None else "energyInfrastructureSiteStatus"

    def around(self, envelope: Envelope) -> tuple[bytes, bytes]:
        """What a document starts and ends with."""
        if self.encoding == JSON:
            prefix, suffix = orjson.dumps(self._document(envelope)).split(b'"%s":["%s"]' % (*self._marks(),))
            return b'%s"%s":[' % (prefix, self._marks()[0]), b"]" + suffix
        ((name, tree),) = self._document(envelope).items()
        body, _ = XmlWriter(self.dialect).element(name, tree, "d2" if name == "payload" else "con")
        mark = f"<{self.dialect.energy}:{self.member}>{_HERE}</{self.dialect.energy}:{self.member}>"
        root, rest = body.split(b" ", 1)
        prefix, suffix = b" ".join((root, declarations(self.dialect).encode(), rest)).split(mark.encode())
        return _XML + prefix, suffix

    def _marks(self) -> tuple[bytes, bytes]:
        return self.member.encode(), _HERE.encode()

    def _document(self, envelope: Envelope) -> Tree:
        payload = self._payload(envelope)
        if self.protocol is None or self.dialect.bare_status:
            return {"payload": payload}
        is_json = self.encoding == JSON
        exchange = self._exchange(envelope, self.protocol)
        if is_json:
            return {"messageContainer": {"payload": [payload], "exchangeInformation": exchange}}
        return {"messageContainer": {**_MODEL, "payload": payload, "exchangeInformation": _MODEL | exchange}}

    def _payload(self, envelope: Envelope) -> Tree:
        """JSON has the model beside the publication, XML in it."""
        names = ("profileNameG", "profileVersionG")
        profile = dict(zip(names, self.dialect.named_profile or (), strict=False))
        language = {"lang": language_of(envelope.publisher.country)}
        key = f"{self.dialect.energy}EnergyInfrastructure{'Status' if self.protocol else 'Table'}Publication"
        if self.encoding == JSON:
            model = {**_MODEL, "versionG": self.dialect.version, **profile}
            return {**model, key: language | self._publication(envelope)}
        return {key: {**_MODEL, **language, **profile, **self._publication(envelope)}}

    def _publication(self, envelope: Envelope) -> Tree:
        header = {"confidentiality": code("noRestriction"), "informationStatus": code("real")}
        found: Tree = {"publicationTime": format_time(envelope.stamp), "publicationCreator": self._creator(envelope)}
        if self.protocol is None:
            table = {"idG": _table(envelope), "versionG": format_time(envelope.stamp), self.member: [_HERE]}
            return found | {"headerInformation": header, "energyInfrastructureTable": [table]}
        reference = {"targetClass": "EnergyInfrastructureTable", "idG": _table(envelope)}
        return found | {"tableReference": [reference], "headerInformation": header, self.member: [_HERE]}

    def _creator(self, envelope: Envelope) -> Tree:
        publisher = envelope.publisher
        found = {"country": publisher.country or _UNKNOWN["country"]}
        if self.dialect.is_base:
            found["country"] = found["country"].lower()
        name = self.dialect.creator.format(publisher.name) if publisher.name else _UNKNOWN["nationalIdentifier"]
        return found | {"nationalIdentifier": name}

    def _exchange(self, envelope: Envelope, protocol: Protocol) -> Tree:
        context: Tree = {"codedExchangeProtocol": code(protocol), "exchangeSpecificationVersion": "3.0"}
        context["supplierOrCisRequester"] = {}
        moment = {"exchangeStatus": code("online"), "messageGenerationTimestamp": format_time(envelope.stamp)}
        return {"exchangeContext": context, "dynamicInformation": moment}


def _table(envelope: Envelope) -> str:
    """Id of the table, which the status publication refers to."""
    return f"table*{envelope.party or 'all'}"
