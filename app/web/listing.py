"""What a client asks of a list: `date_from`, `date_to`, `offset`, `limit`, and the cursor our own `Link` carries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from app.clock import Millis, format_time, parse_time
from app.publish.pages import Page, Query
from app.web.failure import bad_parameter
from app.wording import worded

TIME_RULE = worded("write an RFC 3339 time such as 2026-01-31T12:00:00Z; without an offset it is UTC")
LATEST = parse_time("9999-12-31T23:59:59.999Z")
_ATE_PLUS = re.compile(r" (?=\d\d:\d\d$)")  # an unencoded `+01:00` reaches us as ` 01:00`
_DIGITS = re.compile(r"[0-9]{1,15}")
_CURSOR = re.compile(r"[0-9a-f]{1,13}")


def read_listing(arguments: Mapping[str, str], cap: int) -> Query:
    """Raises Failure (400, 2001) for the first parameter that cannot be read. Unknown parameters are let be."""
    limit = read_count(arguments, "limit", cap)
    if limit == 0:
        raise bad_parameter("limit", "0", "write a number above 0, or leave it out")
    return Query(
        limit=min(limit, cap),
        after=_cursor(arguments),
        offset=read_count(arguments, "offset", 0),
        date_from=read_time(arguments, "date_from"),
        date_to=read_time(arguments, "date_to"),
    )


def following(query: Query, page: Page) -> str:
    """The query string of the page after `page`: all original filters, and the cursor, which decides.

    The offset just counts along, for clients that read it out of the URL (OCPI transport, Paginated Response).
    """
    dates = {"date_from": query.date_from, "date_to": query.date_to}
    kept = {name: format_time(at) for name, at in dates.items() if at is not None}
    return urlencode(
        {**kept, "offset": query.offset + page.count, "limit": query.limit, "cursor": f"{page.next:x}"}, safe=":"
    )


def read_count(arguments: Mapping[str, str], name: str, default: int) -> int:
    text = arguments.get(name, "").strip()
    if not text:
        return default
    if not _DIGITS.fullmatch(text):
        raise bad_parameter(name, text, worded("write a whole number of at most 15 digits, 0 or more"))
    return int(text)


def read_time(arguments: Mapping[str, str], name: str) -> Millis | None:
    text = arguments.get(name, "").strip()
    if not text:
        return None
    try:
        return min(max(parse_time(_ATE_PLUS.sub("+", text)), 0), LATEST)
    except (ValueError, OverflowError):
        raise bad_parameter(name, text, TIME_RULE) from None


def _cursor(arguments: Mapping[str, str]) -> int | None:
    text = arguments.get("cursor", "")
    if not text:
        return None
    if not _CURSOR.fullmatch(text):
        raise bad_parameter(
            "cursor", text, "follow the URL of the `Link` header as it is, or start again without `cursor`"
        )
    return int(text, 16)
