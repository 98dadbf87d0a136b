"""What is to be known of a backend: a file of `config/backends`, or `describes` of a source.

auth: {scheme: bearer}
paging: {by: page, param: page, size_param: perPage, total: meta.total}
records: data
lists:
  outlets: {path: /outlets}
locations:
  path: /sites
  attach: {outlets: {list: outlets, match: site_id, to: id, many: yes}}
  fields: {id: to_string(id), evses: {each: outlets, fields: {…}}}      see `template`
statuses:
  path: /outlets
  fields: {evse: evse_id, status: state, occurred_at: changed_at}
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from app.model.batch import Kind
from app.model.part import Part
from app.sources.base import Status
from app.sources.rest.expression import Expression
from app.sources.rest.template import Fields
from app.sources.shelf import Shelf

_SECRET = re.compile(r"(?i)key|token|secret|auth")
"""What a query parameter with a secret in it is called: `http.exchange.shown` hides it in messages and logs."""


class Auth(Part):
    """How the backend knows us. The secrets themselves are settings of the source."""

    scheme: Literal["none", "bearer", "header", "query", "oauth2"] = "none"
    """`token` as `Authorization: Bearer`, in a `header` or in the `query`; or a token that `client_id` and `client_secret` buy
    (OAuth 2 client credentials), renewed before it ends and once where it is refused."""
    name: str = ""
    """Of the header or the query parameter."""
    optional: bool = False
    """Whether the backend may be open to everybody."""
    path: str = ""
    """Where tokens are given out: a path below `url`, or a URL."""
    body: Literal["form", "json"] = "form"
    """How what is `sent` goes there."""
    sends: dict[str, str] = {
        "grant_type": "client_credentials",
        "client_id": "{client_id}",
        "client_secret": "{client_secret}",
    }
    """What goes there; RFC 6749 4.4.2 unless said otherwise."""
    token: Expression = Field("access_token", validate_default=True)
    """Where in the answer the token is …"""
    seconds: Expression = Field("expires_in", validate_default=True)
    """… for how many seconds it holds …"""
    until: Expression | None = None
    """… or until when (RFC 3339)."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.scheme in ("header", "query") and not self.name:
            raise ValueError(f"`name` is missing: of the {self.scheme} that takes the token")
        if self.scheme == "query" and not _SECRET.search(self.name):
            raise ValueError("messages would show it: only a name with key, token, secret or auth in it is hidden")
        if self.scheme == "oauth2" and not self.path:
            raise ValueError("`path` is missing: where tokens are given out")
        return self


class Paging(Part):
    by: Literal["page", "offset", "cursor", "link", "url"]
    """`page` and `offset` count up in `param` until a page is empty or `total` is reached; `cursor`: `next` in the answer goes
    into `param`; `url`: `next` is the next page's address; `link`: the header `Link` has it (RFC 8288)."""
    param: str = ""
    """The query parameter that counts, or takes the cursor."""
    first: int = 0
    """Number of the first page."""
    next: Expression | None = None
    """Where in an answer the next page is named."""
    size_param: str = ""
    """The query parameter for the number of items; empty: there is none."""
    size: int = Field(100, ge=1)
    """Items asked for per page, where there is a parameter for it; a backend may give fewer."""
    total: Expression | None = None
    """Where an answer tells how many items there are: a crawl that brings fewer is not complete."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.by in ("page", "offset", "cursor") and not self.param:
            raise ValueError(f"`param` is missing: the parameter of the {self.by}")
        if self.by in ("cursor", "url") and self.next is None:
            raise ValueError("`next` is missing: where in the answer the next page is named")
        return self


class Attachment(Part):
    """Records of another list that belong to a record."""

    list: str
    """One of `lists`."""
    match: Expression
    """What of the other record equals …"""
    to: Expression
    """… this of the record: a value, or several."""
    many: bool = False
    """Whether all of them are attached, as a list, or the one."""


class List(Part):
    """A list of the backend."""

    path: str
    """Below `url`, or a URL."""
    params: dict[str, str] = {}
    """Query parameters of every request."""
    records: Expression | None = None
    """Where in an answer the list is."""
    paging: Paging | None = None
    """None: that of the description, if it has one."""
    attach: dict[str, Attachment] = {}
    """Name → what is attached to each record under it."""
    where: Expression | None = None
    """Which records are meant; the others are left out without a word."""


class Listing(List):
    """A list whose records become locations or tariffs."""

    each: Expression | None = None
    """Where a record holds several objects: the list of them."""
    group_by: Expression | None = None
    """Records that agree in it are one object: the first of them, with all of them as `_group`."""
    refuse: Expression | None = None
    """A text where a record cannot be taken: the reason, which is told."""
    fields: Fields
    """The object, member by member, in OCPI's names."""


class StatusFields(Part):
    evse: Expression
    """Its EVSE id or uid, or a name that `evse_ids` of the source explains: charger and connector, `join('/', [id, _key])`."""
    status: Expression
    """The backend's word for it."""
    occurred_at: Expression | None = None
    """When it became so at the charger."""


class StatusListing(List):
    each: Expression | None = None
    """Where a record holds several statuses: the list of them."""
    absent: Status | None = None
    """What an EVSE is that was in the list, or stands in `evse_ids`, and is not in it now. None: UNKNOWN, unless so
    many are absent that the answer is in doubt."""
    fields: StatusFields
    """What of a record says which EVSE has which status."""


class Description(Part):
    title: str = ""
    """The backend's name."""
    url: str = ""
    """Where its API begins; else the source's `url` says it."""
    auth: Auth = Auth()
    """How the backend knows us."""
    paging: Paging | None = None
    """Of lists that say nothing else."""
    records: Expression = Field("@", validate_default=True)
    """Of lists that say nothing else."""
    error: Expression | None = None
    """A text where an answer with HTTP 200 is none: what the backend says of it."""
    status_map: dict[str, Status] = {}
    """The backend's words for a status, beyond those of OCPI and OCPP."""
    times: Literal["rfc3339", "utc", "seconds", "milliseconds"] = "rfc3339"
    """How times of statuses are written; `utc`: without a zone; seconds and milliseconds count from 1970."""
    lists: dict[str, List] = {}
    """What is attached to records of other lists; fetched once a pull."""
    locations: Listing | None = None
    """The list that becomes locations."""
    tariffs: Listing | None = None
    """The list that becomes tariffs."""
    statuses: StatusListing | None = None
    """Apart from locations. None: they come inside them, if at all."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.listings:
            raise ValueError("give `locations`, `tariffs` or `statuses`")
        for listing in (*self.listings.values(), *self.lists.values()):
            self._check_attached(listing, ())
        return self

    @property
    def listings(self) -> dict[Kind, Listing | StatusListing]:
        found = {Kind.LOCATIONS: self.locations, Kind.TARIFFS: self.tariffs, Kind.STATUSES: self.statuses}
        return {kind: listing for kind, listing in found.items() if listing is not None}

    def _check_attached(self, listing: List, around: tuple[str, ...]) -> None:
        for attachment in listing.attach.values():
            name = attachment.list
            if name not in self.lists:
                raise ValueError(f"no list is called `{name}`; there are: {', '.join(self.lists) or 'none'}")
            if name in around:
                raise ValueError(f"`{name}` is attached to itself: {' → '.join((*around, name))}")
            self._check_attached(self.lists[name], (*around, name))


SHELF = Shelf(Description, "", "README.md")
BackendName = Annotated[str, BeforeValidator(SHELF.known)]
"""Of a shipped description."""
