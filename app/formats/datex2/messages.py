"""Status messages to push (Exchange 2020): a delta of the points that changed, a snapshot of all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from app.formats.base import Context, Envelope
from app.formats.datex2.dialect import Dialect
from app.formats.datex2.draft import Body
from app.formats.datex2.envelope import Frame, Protocol
from app.formats.datex2.publications import SEPARATORS
from app.formats.datex2.rendering import SiteWriter
from app.model.loss import Loss


@dataclass(frozen=True, slots=True)
class Changed:
    body: Body
    """The location, with statuses."""
    context: Context
    uids: Collection[str]
    """Of the EVSEs that changed, those removed or planned included."""


@dataclass(frozen=True, slots=True)
class Message:
    body: bytes
    losses: tuple[Loss, ...]


def delta(dialect: Dialect, encoding: str, changes: Iterable[Changed], envelope: Envelope) -> Message:
    """Just the changed points, each with its status and prices whole, in their stations and sites.

    What was removed is said to be so; a location that is no more public has nothing to be said of.
    """
    frame = Frame(dialect, encoding, Protocol.DELTA)
    sites = SiteWriter(frame)
    rendered = [sites.render(one.body, one.context, one.uids) for one in changes]
    prefix, suffix = frame.around(envelope)
    body = SEPARATORS[encoding].join(one.body for one in rendered if one.body is not None)
    return Message(prefix + body + suffix, tuple(dict.fromkeys(loss for one in rendered for loss in one.losses)))


def snapshot(
    dialect: Dialect, encoding: str, locations: Iterable[tuple[Body, Context]], envelope: Envelope
) -> Iterator[bytes]:
    """All points in service, piece by piece."""
    frame = Frame(dialect, encoding, Protocol.PUSH)
    sites = SiteWriter(frame)
    prefix, suffix = frame.around(envelope)
    yield prefix
    rendered = (sites.render(body, context).body for body, context in locations)
    for at, site in enumerate(filter(None, rendered)):
        yield SEPARATORS[encoding] + site if at else site
    yield suffix
