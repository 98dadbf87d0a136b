"""What an answer of Hubject means. Success is HTTP 2xx *and* `Result` *and* code 000: HTTP 200 may well say no.

| Codes | Meaning | What becomes of it |
|---|---|---|
| 000 | success | taken |
| 001 002 009 021 310 320 | trouble of Hubject or a partner | everything waits, and is tried again |
| 017 210 300 | operator and certificate differ, no contract, unknown partner | everything waits for a person |
| 018 022 603 | EVSE of somebody else, data error, unknown EVSE | the records at fault are found, the others sent |
| any other | none that a push should get | everything waits for a person |
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.delivery.apart import Verdict
from app.errors import DeliveryError, DestinationRefused
from app.http.exchange import Answer, json_object, one_line
from app.model.identifiers import compare_key

DATA_ERROR, UNKNOWN_EVSE = 22, 603
_PASSING = frozenset({"001", "002", "009", "021", "310", "320"})
_OF_RECORDS = frozenset({"018", "022", str(UNKNOWN_EVSE)})
_STATUSES_OF_RECORDS = (400, 413, 422)
_PERSON = {
    "017": "The id in `operators` has to be that of the certificate, letter by letter; ask Hubject which it issued",
    "210": "Hubject has no active agreement for this push: have it set up, then `chargefeed destinations resume`",
    "300": "Hubject does not know the operator: check `url` (QA or production) and the id in `operators`",
    "401": "Hubject does not know our certificate: check `certificate`, and `url` (QA or production)",
    "403": "Hubject takes nothing from our address: have it put on the list of the operator",
    "404": "Check `url`, and the id in `operators`",
}
_ASK = "None of the answers to a push: ask Hubject's support, naming the Process-ID"
_AGAIN = "Hubject has to recover; it is tried again"
_INDEX = re.compile(r"\[(\d+)\]\.?")
_ID = re.compile(r"[A-Za-z0-9*+]+")


def judge(answer: Answer, where: str, ids: Sequence[str]) -> Verdict:
    """On a push; `ids`: of its records, in their order. Raises DestinationRefused for what a person has to look at, DeliveryError
    for what may pass."""
    body = json_object(answer.body)
    said = body.get("StatusCode")
    status = said if isinstance(said, dict) else {}
    code = str(status.get("Code", ""))
    if answer.succeeded and code == "000" and body.get("Result") is True:
        return Verdict(0)
    what = _told(
        answer, code, [*_texts(status, "Description", "AdditionalInfo"), *_texts(body, "message", "extendedInfo")]
    )
    if code in _OF_RECORDS or (not code and answer.status in _STATUSES_OF_RECORDS):
        named = _by_index(body, len(ids)) or _by_id(status, ids, what)
        return Verdict(int(code or answer.status), what, named)
    if _passes(answer, code):
        raise DeliveryError(what, where=where, remedy=_AGAIN)
    raise DestinationRefused(what, where=where, remedy=_PERSON.get(code) or _PERSON.get(str(answer.status), _ASK))


def _passes(answer: Answer, code: str) -> bool:
    """Without a code: a time-out, an error of the server, a success that says nothing."""
    if code and code != "000":
        return code in _PASSING
    return answer.succeeded or answer.status == 408 or answer.status >= 500


def _told(answer: Answer, code: str, texts: Sequence[str]) -> str:
    """`HTTP 200 OK, code 022: Data error, the phone number is wrong`."""
    what = f"{answer.said}, code {code}" if code else answer.said
    if texts:
        what += f": {one_line(', '.join(texts))}"
    elif not code and answer.body:
        what += " without an answer of OICP"
    process = answer.headers.get("Process-ID")
    return f"{what} (Process-ID {one_line(process)})" if process else what


def _by_index(body: Mapping[str, Any], count: int) -> dict[int, str]:
    """`validationErrors`: `operatorEvseData.evseDataRecord[0].hotlinePhoneNumber`."""
    found: dict[int, str] = {}
    errors = body.get("validationErrors")
    for error in errors if isinstance(errors, list) else ():
        field = str(error.get("fieldReference", "")) if isinstance(error, dict) else ""
        place = _INDEX.search(field)
        if place and (at := int(place[1])) < count:
            said = one_line(": ".join(filter(None, (field[place.end() :], str(error.get("errorMessage", ""))))))
            found[at] = "; ".join(filter(None, (found.get(at), said)))
    return found


def _by_id(status: Mapping[str, Any], ids: Sequence[str], what: str) -> dict[int, str]:
    """The EvseIDs that are named in its words."""
    words = " ".join(_texts(status, "Description", "AdditionalInfo"))
    named = {compare_key(word) for word in _ID.findall(words)}
    return {at: what for at, id_ in enumerate(ids) if compare_key(id_) in named}


def _texts(part: Mapping[str, Any], *names: str) -> Iterator[str]:
    return (str(part[name]) for name in names if part.get(name))
