"""A location as the bytes of a site, in a table or in a status publication."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

import orjson

from app.formats.base import Context, Rendered
from app.formats.datex2.dialect import JSON
from app.formats.datex2.draft import Body, Draft, Tree
from app.formats.datex2.envelope import Frame
from app.formats.datex2.identity import Site, site_of
from app.formats.datex2.patterns import Patterns
from app.formats.datex2.shared import Written
from app.formats.datex2.sites import site_tree
from app.formats.datex2.statuses import POINT, site_status
from app.formats.datex2.write_xml import XmlWriter
from app.model.canonical import number_text
from app.model.loss import Loss

_NO_POINTS = Rendered(None, (Loss("evses", "no point in service: left out"),))


class SiteWriter:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._xml = XmlWriter(frame.dialect)
        self._points = Patterns(_Json() if frame.encoding == JSON else self._xml, POINT)

    def render(self, body: Body, context: Context, uids: Collection[str] | None = None) -> Rendered:
        """With the points in service; `uids`: in a status publication, with these points alone, whatever their status."""
        site = context.once(_site, body)
        draft = self._draft(body, context)
        if self._frame.protocol is None:
            tree = site_tree(draft, site) if site.served else None
        else:
            tree = site_status(draft, site, self._points, None if uids is None else {uid.lower() for uid in uids})
        return _NO_POINTS if tree is None else self._rendered(draft, tree)

    def _draft(self, body: Body, context: Context) -> Draft:
        dialect = self._frame.dialect
        return Draft(body, dialect, dialect.encodings[self._frame.encoding], context)

    def _rendered(self, draft: Draft, tree: Tree) -> Rendered:
        if self._frame.encoding == JSON:
            return Rendered(_json(tree), draft.losses())
        body, removed = self._xml.element(self._frame.member, tree)
        if removed:
            draft.lose("", "characters that XML 1.0 has no place for: left out")
        return Rendered(body, draft.losses())


def _site(body: Body, _context: Context) -> Site:
    return site_of(body)


class _Json:
    def text(self, name: str, tree: Tree) -> str:
        return _json(tree).decode()

    def escape(self, text: str) -> str:
        return orjson.dumps(text)[1:-1].decode()


def _json(tree: Tree) -> bytes:
    return orjson.dumps(tree, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(number_text(value))
    if isinstance(value, Written):
        return orjson.Fragment(value.text)
    raise TypeError(f"{type(value).__name__} has no JSON")
