"""Rows 86 to 126, but for those of places: tariffs, and the types of values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from app.checklist.rows import row
from app.checklist.subject import Body, NotApplicable, Subject
from app.checklist.values import CLOCK, TIME, connectors, named_tariffs, problems, refused, values
from app.model.problem import Severity

_TEXT = 512
_IDS = frozenset({"id", "uid", "evse_id", "party_id", "country_code", "tariff_ids", "tariff_id"})
_NUMBERS = frozenset({"price", "vat", "percentage", "max_power", "min_kwh", "max_kwh", "step_size"})


@row(86)
def one_tariff_of_a_type_is_active(subject: Subject) -> Iterator[str]:
    """At the moment of the crawl: each tariff without an end, by its type."""
    lasting = {
        tariff.get("id"): tariff.get("type")
        for tariff in subject.tariffs
        if not tariff.get("end_date_time") and not tariff.get("start_date_time")
    }
    for name, connector in connectors(subject.locations):
        types = Counter(lasting[id] for id in named_tariffs(connector) if id in lasting)
        yield from (f"{name}: {times} of type {kind}" for kind, times in types.items() if times > 1)


@row(96)
def tariffs_have_their_elements(subject: Subject) -> Iterator[str]:
    tariffs = subject.tariffs
    yield from refused(subject, "tariffs")
    for tariff in tariffs:
        parts = [element.get("price_components") for element in tariff.get("elements") or ()]
        steps = [component.get("step_size") for part in parts for component in part or ()]
        if not parts or not all(parts) or not all(type(step) is int for step in steps):
            yield str(tariff.get("id"))


@row(97)
def tax_is_said(subject: Subject) -> Iterator[str]:
    for tariff in subject.tariffs:
        if tariff.get("tax_included") not in ("YES", "NO", "N/A"):
            yield f"{tariff.get('id')}: {tariff.get('tax_included')}"


def _restrictions(subject: Subject) -> list[tuple[str, Body]]:
    found = [
        (str(tariff.get("id")), element["restrictions"])
        for tariff in subject.tariffs
        for element in tariff.get("elements") or ()
        if element.get("restrictions")
    ]
    if not found:
        raise NotApplicable("no tariff has restrictions")
    return found


@row(102)
def times_of_day_have_their_form(subject: Subject) -> Iterator[str]:
    for id, restriction in _restrictions(subject):
        for name in ("start_time", "end_time"):
            if restriction.get(name) is not None and not CLOCK.fullmatch(str(restriction[name])):
                yield f"{id}: {name} {restriction[name]}"


@row(103)
def dates_have_their_form(subject: Subject) -> Iterator[str]:
    for id, restriction in _restrictions(subject):
        for name in ("start_date", "end_date"):
            if restriction.get(name) is not None and not re.fullmatch(r"20\d\d-\d\d-\d\d", str(restriction[name])):
                yield f"{id}: {name} {restriction[name]}"


@row(104)
def reservations_cost_flat_or_by_time(subject: Subject) -> Iterator[str]:
    for tariff in subject.tariffs:
        for element in tariff.get("elements") or ():
            kinds = {component.get("type") for component in element.get("price_components") or ()}
            if (element.get("restrictions") or {}).get("reservation") and kinds - {"FLAT", "TIME"}:
                yield f"{tariff.get('id')}: {', '.join(map(str, kinds))}"


@row(105)
def steps_are_small(subject: Subject) -> Iterator[str]:
    for tariff in subject.tariffs:
        steps = [value for name, value in values(tariff) if name == "step_size"]
        yield from (f"{tariff.get('id')}: step_size {step}" for step in steps if isinstance(step, int) and step > 1)


@row(106)
def currencies_are_codes(subject: Subject) -> Iterator[str]:
    for tariff in subject.tariffs:
        if not re.fullmatch("[A-Z]{3}", str(tariff.get("currency"))):
            yield f"{tariff.get('id')}: {tariff.get('currency')}"


@row(109)
def texts_are_short_and_plain(subject: Subject) -> Iterator[str]:
    for tariff in subject.tariffs:
        for text in tariff.get("tariff_alt_text") or ():
            said = str(text.get("text"))
            if (
                len(said) > _TEXT
                or re.search(r"<[a-z/]", said)
                or not re.fullmatch("[a-z]{2}", str(text.get("language")))
            ):
                yield f"{tariff.get('id')}: {said[:60]}"


@row(121)
def times_are_utc_and_short(subject: Subject) -> Iterator[str]:
    for item in subject.everything:
        for name, value in values(item):
            dated = name.endswith(("_updated", "_date_time")) or (name.startswith("period_") and "T" in str(value))
            if dated and (not TIME.fullmatch(str(value)) or len(str(value)) > 25):
                yield f"{item.get('id')}: {name} {value}"


@row(122)
def there_are_no_control_characters(subject: Subject) -> Iterator[str]:
    for item in subject.everything:
        for name, value in values(item):
            if isinstance(value, str) and re.search(r"[\x00-\x1f\x7f]", value):
                yield f"{item.get('id')}: {name} {value!r}"


@row(123)
def ids_are_printable_ascii(subject: Subject) -> Iterator[str]:
    for item in subject.everything:
        for name, value in values(item):
            if name in _IDS and value is not None and not re.fullmatch(r"[\x20-\x7e]+", str(value)):
                yield f"{name} {value!r}"


@row(124)
def numbers_are_numbers(subject: Subject) -> Iterator[str]:
    for item in subject.everything:
        for name, value in values(item):
            long = isinstance(value, float) and round(value, 4) != value
            if long or (name in _NUMBERS and value is not None and not isinstance(value, int | float)):
                yield f"{item.get('id')}: {name} {value!r}"


@row(125)
def enums_are_of_the_version(subject: Subject) -> Iterator[str]:
    for module in subject.modules:
        for found in problems(subject, module):
            if (
                "enum" in found.rule.lower()
                or "one of" in found.what
                or (found.severity is Severity.PARTLY and found.value)
            ):
                yield str(found)


@row(126)
def nothing_is_made_up_for_what_is_not_required(subject: Subject) -> Iterator[str]:
    for item in subject.everything:
        for name, value in values(item):
            if value == "#NA" and name not in ("address", "city", "postal_code", "name"):
                yield f"{item.get('id')}: {name}"
