"""Rows 1 to 16 and 31: versions, details, tokens."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from app.checklist.rows import row
from app.checklist.subject import MODULES, Asker, NotApplicable, Subject
from app.formats.ocpi.token import Encoding

KNOWN = frozenset(
    {
        *("cdrs", "chargingprofiles", "commands", "credentials", "hubclientinfo"),
        *("locations", "sessions", "tariffs", "tokens"),
    }
)
URL_LENGTH = 255


@row(1)
def versions_are_listed(subject: Subject) -> Iterator[str]:
    for entry in subject.versions.items or [subject.versions]:
        if not isinstance(entry, dict) or not {"version", "url"} <= entry.keys():
            yield str(entry)


@row(2)
def details_are_of_the_version(subject: Subject) -> Iterator[str]:
    said = subject.details.data
    if not isinstance(said, dict) or said.get("version") != subject.version or not subject.endpoints:
        yield str(subject.details)


@row(3, 4)
def endpoints_have_their_fields(subject: Subject) -> Iterator[str]:
    wanted = {"identifier", "url", *(("role",) if subject.newer else ())}
    for entry in subject.endpoints:
        if wanted - entry.keys() or (not subject.newer and "role" in entry):
            yield f"{entry.get('identifier')}: {', '.join(entry)}"


@row(5)
def credentials_are_listed(subject: Subject) -> Iterator[str]:
    if "credentials" not in {entry.get("identifier") for entry in subject.endpoints}:
        yield f"{subject.details.url}: no credentials"


@row(6)
def credentials_are_a_senders(subject: Subject) -> Iterator[str]:
    roles = [entry.get("role") for entry in subject.endpoints if entry.get("identifier") == "credentials"]
    if not roles:
        raise NotApplicable("credentials are not listed")
    if "SENDER" not in roles:
        yield f"role {roles[0]}"


@row(7)
def lists_are_a_senders(subject: Subject) -> Iterator[str]:
    yield from (f"no {module} with role SENDER" for module in MODULES if module not in subject.modules)


def _urls(subject: Subject) -> list[str]:
    versions = [str(entry.get("url")) for entry in subject.versions.items if isinstance(entry, dict)]
    return versions + [str(entry.get("url")) for entry in subject.endpoints]


@row(8)
def urls_are_absolute_and_short(subject: Subject) -> Iterator[str]:
    yield from (url for url in _urls(subject) if not urlsplit(url).netloc or len(url) > URL_LENGTH)


@row(9)
def urls_name_the_version(subject: Subject) -> Iterator[str]:
    own = [subject.details.url, *(str(entry.get("url")) for entry in subject.endpoints)]
    yield from (url for url in own if subject.version not in url)


@row(10)
def modules_are_known(subject: Subject) -> Iterator[str]:
    yield from (str(entry["identifier"]) for entry in subject.endpoints if entry.get("identifier") not in KNOWN)


def _places(subject: Subject) -> list[str]:
    return [subject.versions.url, subject.details.url, *map(subject.url, subject.modules)]


@row(11)
def nobody_reads_without_a_token(subject: Subject) -> Iterator[str]:
    _needs_token(subject)
    for url in _places(subject):
        reply = subject.asker.get(url, bare=True)
        if reply.status != 401:
            yield str(reply)


@row(12)
def nobody_reads_by_an_unknown_token(subject: Subject) -> Iterator[str]:
    _needs_token(subject)
    stranger = Asker("a-token-that-nobody-gave-out", subject.asker.encoding)
    for url in _places(subject):
        reply = stranger.get(url)
        if reply.status != 401:
            yield str(reply)


@row(13)
def a_token_in_base64_is_taken(subject: Subject) -> Iterator[str]:
    yield from _refused(subject, "base64")


@row(14)
def a_token_as_it_is_is_taken(subject: Subject) -> Iterator[str]:
    yield from _refused(subject, "raw")


def _refused(subject: Subject, encoding: Encoding) -> Iterator[str]:
    _needs_token(subject)
    reply = Asker(subject.asker.token, encoding).get(subject.details.url)
    if reply.status != 200:
        yield str(reply)


def _needs_token(subject: Subject) -> None:
    if subject.asker.token is None:
        raise NotApplicable("asked without a token")


@row(31)
def urls_are_https(subject: Subject) -> Iterator[str]:
    if urlsplit(subject.versions.url).hostname in ("127.0.0.1", "localhost", "::1"):
        raise NotApplicable("asked on the machine itself")
    yield from (url for url in [subject.versions.url, *_urls(subject)] if not url.startswith("https://"))
