"""What a request brings along."""

from __future__ import annotations

from typing import Any

import orjson
from flask import request

from app.model.outside import decoded
from app.web.failure import GENERIC_CLIENT, Failure


def read_json(largest: int) -> Any:
    """The body, of so many bytes at most; also of one that comes in chunks, whose end the server tells by an end of the stream.
    Raises Failure (400), RequestEntityTooLarge."""
    request.max_content_length = largest
    request.environ.setdefault("wsgi.input_terminated", "chunked" in request.headers.get("Transfer-Encoding", ""))
    try:
        return decoded(request.get_data())
    except orjson.JSONDecodeError as error:
        raise Failure(400, GENERIC_CLIENT, f"the body is not JSON: {error}") from None
