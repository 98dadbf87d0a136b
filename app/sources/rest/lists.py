"""The records of a list as expressions see them: with the records of other lists attached, those that are meant, grouped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.model.problem import Problem, Severity
from app.sources.rest.access import Access
from app.sources.rest.description import Attachment, List, Listing, StatusListing
from app.sources.rest.expression import ExpressionFailed
from app.sources.rest.settings import RestSettings
from app.sources.rest.template import GROUP, Scope, scopes_in
from app.sources.rest.walk import Walk


@dataclass(frozen=True, slots=True)
class Found:
    where: str
    """`https://…/sites?page=2 item 17`."""
    scope: Scope


class Lists:
    """One pull. Each list that is attached is fetched once."""

    def __init__(self, access: Access, settings: RestSettings) -> None:
        self._access = access
        self._settings = settings
        self._description = settings.description
        self._fetched: dict[str, list[Found]] = {}
        self._indexes: dict[tuple[str, str], dict[str, list[Scope]]] = {}
        self.problems: list[Problem] = []
        self.complete = True
        """Nothing was missing or illegible so far."""

    def objects(self, listing: Listing | StatusListing) -> Iterator[Found]:
        """What becomes a location, a tariff or a status. Raises SourceError."""
        found = self._records(listing)
        if isinstance(listing, Listing) and listing.group_by is not None:
            found = self._grouped(found, listing)
        for record in found:
            if listing.each is None:
                yield record
                continue
            try:
                items = listing.each.find(record.scope)
            except ExpressionFailed as failed:
                self._illegible(failed, record.where)
                continue
            yield from (Found(record.where, scope) for scope in scopes_in(items, record.scope))

    def _records(self, listing: List) -> Iterator[Found]:
        description, address = self._description, self._settings.address(listing.path)
        walk = Walk(self._access, description, listing, address, self._settings.max_pages)
        for page in walk.pages():
            for index, item in enumerate(page.items):
                where = f"{page.where} item {index}"
                try:
                    [scope] = scopes_in([self._with_attached(item, listing)])
                    if listing.where is None or listing.where.find(scope):
                        yield Found(where, scope)
                except ExpressionFailed as failed:
                    self._illegible(failed, where)
        if not walk.whole:
            self.complete = False
            what = f"{walk.count} of {walk.total} records came: nothing counts as missing"
            remedy = "The list changed from page to page, or its count or paging is wrong: the next pull shows which"
            self.problems.append(Problem(what, Severity.NOTE, where=self._access.where(address), remedy=remedy))

    def _with_attached(self, item: Any, listing: List) -> Any:
        if not listing.attach or not isinstance(item, dict):
            return item
        return {**item, **{name: self._attached(item, each) for name, each in listing.attach.items()}}

    def _attached(self, item: Scope, attachment: Attachment) -> Any:
        wanted = attachment.to.find(item)
        index = self._index(attachment)
        keys = wanted if isinstance(wanted, list) else [wanted]
        found = [scope for key in keys if key is not None for scope in index.get(str(key), ())]
        if attachment.many:
            return found
        return found[0] if found else None

    def _index(self, attachment: Attachment) -> dict[str, list[Scope]]:
        name, match = attachment.list, attachment.match
        if (name, match.text) not in self._indexes:
            if name not in self._fetched:
                self._fetched[name] = list(self._records(self._description.lists[name]))
            index: dict[str, list[Scope]] = {}
            for found in self._fetched[name]:
                try:
                    key = match.find(found.scope)
                except ExpressionFailed as failed:
                    self._illegible(failed, found.where)
                    continue
                if key is not None:
                    index.setdefault(str(key), []).append(found.scope)
            self._indexes[name, match.text] = index
        return self._indexes[name, match.text]

    def _grouped(self, found: Iterator[Found], listing: Listing) -> Iterator[Found]:
        """What has no value to agree in stands alone."""
        groups: dict[str, list[Found]] = {}
        assert listing.group_by is not None
        for record in found:
            try:
                key = listing.group_by.find(record.scope)
            except ExpressionFailed as failed:
                self._illegible(failed, record.where)
                continue
            groups.setdefault(record.where if key is None else str(key), []).append(record)
        for members in groups.values():
            first = members[0]
            yield Found(first.where, {**first.scope, GROUP: [member.scope for member in members]})

    def _illegible(self, failed: ExpressionFailed, where: str) -> None:
        self.complete = False
        remedy = "Look at the record in the backend, or change the expression"
        self.problems.append(Problem(f"{failed}: left out", where=where, remedy=remedy))
