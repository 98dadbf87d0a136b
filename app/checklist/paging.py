"""Rows 48 to 60: pages and windows of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from app.checklist.rows import row
from app.checklist.subject import NEVER, Endless, NotApplicable, Reply, Subject
from app.http.exchange import whole_number

FROM_THE_START = "2010-01-01T00:00:00Z"


def _number(reply: Reply, name: str) -> int | None:
    return whole_number(reply.headers.get(name, ""))


def _key(item: Any) -> tuple[Any, ...]:
    said = item if isinstance(item, dict) else {}
    return said.get("country_code"), said.get("party_id"), said.get("id")


def _keys(reply: Reply) -> list[tuple[Any, ...]]:
    return [_key(item) for item in reply.items]


@row(48)
def parameters_are_understood(subject: Subject) -> Iterator[str]:
    for module in subject.modules:
        reply = subject.page(module, date_from=FROM_THE_START, date_to=NEVER, offset=0, limit=1)
        if reply.status != 200 or reply.code != 1000 or len(reply.items) > 1:
            yield str(reply)


@row(49)
def offset_counts_from_zero(subject: Subject) -> Iterator[str]:
    for module in subject.modules:
        first = _keys(subject.page(module, limit=3))
        if len(first) < 2:
            continue
        if _keys(subject.page(module, limit=1, offset=0)) != first[:1]:
            yield f"{module}: offset=0 does not start with the first object"
        if _keys(subject.page(module, limit=1, offset=1)) != first[1:2]:
            yield f"{module}: offset=1 does not start with the second object"


@row(50)
def windows_meet(subject: Subject) -> Iterator[str]:
    for module in subject.modules:
        everything = subject.objects(module)
        stamps = sorted(str(item.get("last_updated")) for item in everything)
        if not stamps:
            continue
        middle = stamps[len(stamps) // 2]
        before, after = subject.objects(module, date_to=middle), subject.objects(module, date_from=middle)
        if Counter(map(_key, before + after)) != Counter(map(_key, everything)):
            yield f"{module}: {len(before)} before {middle} and {len(after)} since, of {len(everything)}"
        yield from (
            f"{module} {item['id']} is not before {middle}"
            for item in before
            if str(item.get("last_updated")) >= middle
        )


@row(51)
def pages_keep_the_limit(subject: Subject) -> Iterator[str]:
    for module in subject.modules:
        for limit in (1, 100_000):
            reply = subject.page(module, limit=limit)
            cap = _number(reply, "X-Limit")
            if len(reply.items) > limit or (cap is not None and len(reply.items) > cap):
                yield f"{reply}: {len(reply.items)} objects"


@row(52, 60)
def counts_stand_on_every_list(subject: Subject) -> Iterator[str]:
    for module in subject.modules:
        for reply in (*subject.pages(module), subject.page(module, limit=1), subject.page(module, date_from=NEVER)):
            missing = [name for name in ("X-Total-Count", "X-Limit") if _number(reply, name) is None]
            if missing:
                yield f"{reply}: no {', '.join(missing)}"


@row(53)
def total_follows_filters_alone(subject: Subject) -> Iterator[str]:
    for module in subject.modules:
        total = len(subject.objects(module))
        queries: tuple[dict[str, object], ...] = ({}, {"limit": 1}, {"offset": 1, "limit": 2})
        for query in queries:
            said = _number(subject.page(module, **query), "X-Total-Count")
            if said != total:
                yield f"{module} {query or ''}: X-Total-Count {said}, there are {total}"
        if _number(subject.page(module, date_from=NEVER), "X-Total-Count") != 0:
            yield f"{module}: not 0 after {NEVER}"


@row(54)
def limit_stays_on_the_last_page(subject: Subject) -> Iterator[str]:
    for module in subject.modules:
        found = {reply.headers.get("X-Limit") for reply in subject.pages(module)}
        if len(found) > 1:
            yield f"{module}: {', '.join(sorted(map(str, found)))}"


@row(55)
def link_leads_on_with_the_filters(subject: Subject) -> Iterator[str]:
    asked = False
    for module in subject.modules:
        reply = subject.page(module, date_from=FROM_THE_START, date_to=NEVER, limit=1)
        if (_number(reply, "X-Total-Count") or 0) < 2:
            continue
        asked = True
        link = reply.headers.get("Link", "")
        if reply.next is None or not link.startswith("<http"):
            yield f"{reply}: Link {link!r}"
        elif not all(f"{name}=" in reply.next for name in ("date_from", "date_to", "limit")):
            yield f"{module}: {reply.next} has lost a filter"
    if not asked:
        raise NotApplicable("no list has a second object")


@row(56)
def links_end_and_give_each_object_once(subject: Subject) -> Iterator[str]:
    for module in subject.modules:
        try:
            pages = subject.pages(module)
        except Endless as endless:
            yield str(endless)
            continue
        keys = Counter(key for page in pages for key in _keys(page))
        twice = [key for key, times in keys.items() if times > 1]
        yield from (f"{module} {key[-1]} comes twice" for key in twice)
        total = _number(pages[0], "X-Total-Count")
        if total is not None and total != sum(keys.values()):
            yield f"{module}: X-Total-Count {total}, came {sum(keys.values())}"


@row(57, 58)
def the_same_url_gives_the_same_order(subject: Subject) -> Iterator[str]:
    for module in subject.modules:
        if _keys(subject.page(module)) != _keys(subject.pages(module)[0]):
            yield f"{module}: another order the second time"


@row(59)
def a_crawl_has_no_failing_page(subject: Subject) -> Iterator[str]:
    for module in subject.modules:
        yield from (str(page) for page in subject.pages(module) if page.status != 200 or page.code != 1000)
