"""Rows 32 to 47: the envelope, and headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from app.checklist.rows import row
from app.checklist.subject import NEVER, NotApplicable, Reply, Subject
from app.checklist.values import TIME, names, problems

_DEFINED = {1000, *range(2000, 2005), *range(3000, 3004), *range(4000, 4004)}
_ROUTING = {
    "OCPI-from-country-code": "NL",
    "OCPI-from-party-id": "TST",
    "OCPI-to-country-code": "DE",
    "OCPI-to-party-id": "CPO",
}
_SWAPPED = {
    "OCPI-to-country-code": "NL",
    "OCPI-to-party-id": "TST",
    "OCPI-from-country-code": "DE",
    "OCPI-from-party-id": "CPO",
}
_UNKNOWN = "there-is-none-of-this-id"


def _replies(subject: Subject) -> list[Reply]:
    return [subject.versions, subject.details, *(subject.pages(module)[0] for module in subject.modules)]


def _failures(subject: Subject) -> list[Reply]:
    wrong = [subject.page(module, date_from="yesterday") for module in subject.modules]
    return [*wrong, _unknown(subject)]


def _unknown(subject: Subject) -> Reply:
    return subject.asker.get(f"{subject.url('locations').rstrip('/')}/{_UNKNOWN}")


@row(32)
def answers_have_code_and_time(subject: Subject) -> Iterator[str]:
    for reply in [*_replies(subject), *_failures(subject)]:
        said = reply.envelope if isinstance(reply.envelope, dict) else {}
        stamp = said.get("timestamp")
        if type(reply.code) is not int or not isinstance(stamp, str) or not TIME.fullmatch(stamp):
            yield f"{reply}, timestamp {stamp!r}"


@row(33)
def lists_are_arrays(subject: Subject) -> Iterator[str]:
    for module in subject.modules:
        for reply in (subject.pages(module)[0], subject.page(module, date_from=NEVER)):
            if not isinstance(reply.data, list):
                yield str(reply)


@row(34)
def an_object_stands_by_itself(subject: Subject) -> Iterator[str]:
    reply = subject.asker.get(f"{subject.url('locations').rstrip('/')}/{subject.locations[0]['id']}")
    if not isinstance(reply.data, dict):
        yield f"{reply}, data is {type(reply.data).__name__}"


@row(36)
def bad_content_is_no_http_error(subject: Subject) -> Iterator[str]:
    if subject.asker.token is None:
        raise NotApplicable("asked without a token")
    for module in subject.modules:
        reply = subject.page(module, date_from="yesterday")
        if reply.status != 200 or not 2000 <= int(reply.code or 0) < 3000:
            yield str(reply)


@row(37)
def an_unknown_object_is_404(subject: Subject) -> Iterator[str]:
    reply = _unknown(subject)
    if reply.status != 404:
        yield str(reply)


@row(38)
def codes_are_defined(subject: Subject) -> Iterator[str]:
    yield from (str(reply) for reply in [*_replies(subject), *_failures(subject)] if reply.code not in _DEFINED)


@row(40)
def the_request_id_comes_back(subject: Subject) -> Iterator[str]:
    yield from _not_echoed(subject, "X-Request-ID")


@row(41)
def the_correlation_id_comes_back(subject: Subject) -> Iterator[str]:
    yield from _not_echoed(subject, "X-Correlation-ID")


def _not_echoed(subject: Subject, name: str) -> Iterator[str]:
    for module in subject.modules:
        reply = subject.asker.get(subject.url(module, limit=1), {name: "an-id-of-ours"})
        if reply.headers.get(name) != "an-id-of-ours":
            yield f"{reply.url}: {name} {reply.headers.get(name)!r}"


@row(43)
def parties_come_back_swapped(subject: Subject) -> Iterator[str]:
    if subject.asker.token is None:
        raise NotApplicable("nobody is a party without a token")
    for module in subject.modules:
        headers = subject.asker.get(subject.url(module, limit=1), _ROUTING).headers
        for name, value in _SWAPPED.items():
            if headers.get(name) != value:
                yield f"{module}: {name} is {headers.get(name)!r}, should be {value}"


@row(44)
def versions_have_no_parties(subject: Subject) -> Iterator[str]:
    for url in (subject.versions.url, subject.details.url):
        found = [name for name in subject.asker.get(url, _ROUTING).headers if name.lower().startswith("ocpi-")]
        if found:
            yield f"{url}: {', '.join(found)}"


@row(46)
def extensions_have_plain_names(subject: Subject) -> Iterator[str]:
    yield from (name for name in _all_names(subject) if name.startswith(("x-", "x_", "custom")))


@row(47)
def nothing_of_newer_versions(subject: Subject) -> Iterator[str]:
    for found in problems(subject):
        # Whether prices are with tax is known of every tariff, so reading one adds it; what alternative texts say is row 101's.
        foreign = found.rule == f"OCPI {subject.version}" and found.path not in ("tax_included", "tariff_alt_text")
        if "unknown field" in found.what or foreign:
            yield str(found)


def _all_names(subject: Subject) -> dict[str, Any]:
    return dict.fromkeys(name for item in subject.everything for name in names(item))


@row(127)
def names_are_snake_case(subject: Subject) -> Iterator[str]:
    yield from (name for name in _all_names(subject) if not re.fullmatch("[a-z][a-z0-9_]*", name))
