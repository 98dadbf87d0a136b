"""`/compliance`: what the law asks of the public data, how much of it is there, what to do; and the rules themselves.

Answered from what the worker evaluated, so it costs the same however large the network is. Works without JavaScript.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from functools import cache

import orjson
from flask import Blueprint, Flask, Response, current_app, render_template, request
from iso3166 import countries_by_alpha2, countries_by_alpha3
from sqlalchemy import Connection

from app.compliance.board import COLUMNS, Boards, read_boards
from app.compliance.catalogue import Regime, catalogue
from app.compliance.docs import rule_book_sections
from app.compliance.judging import RuleBook
from app.compliance.page import give_words
from app.compliance.profile import read_profiles
from app.compliance.quality import Dimension
from app.compliance.rule import Rule
from app.compliance.trend import PastDays
from app.registry.database import reading
from app.registry.evaluation.reading import last_day, locations_called
from app.registry.evaluation.record import Which
from app.registry.figures import scopes
from app.settings import shipped
from app.web.failure import GENERIC_CLIENT, Failure, bad_parameter, unknown
from app.web.languages import locale, translated
from app.web.outgoing import json_answer
from app.web.recalling import recalled
from app.web.site import EXTENSION, Site, site
from app.wording import Worded, worded

area = Blueprint("compliance", __name__)
PAST = "compliance past"
_DIMENSIONS = {
    Dimension.COMPLETENESS: worded("Completeness"),
    Dimension.CORRECTNESS: worded("Correctness"),
    Dimension.CONSISTENCY: worded("Consistency"),
    Dimension.TIMELINESS: worded("Timeliness"),
    Dimension.RELIABILITY: worded("Reliability"),
}


@area.get("/compliance", defaults={"regime": None})
@area.get("/compliance/<regime>")
def page(regime: str | None) -> str:
    found = _read(regime)
    with reading(site().engine) as connection:
        there = _there(connection)
    return render_template(
        "compliance.html",
        operator=site().settings.operator,
        found=found,
        only=regime,
        dimensions=_DIMENSIONS,
        parties=sorted({party for party, _ in there}),
        countries={code: _country(code) for code in sorted({code for _, code in there})},
        asked={name: request.args.get(name, "") for name in ("party", "country", "location")},
        query=request.query_string.decode("ascii", "replace"),
        now=site().clock.now(),
    )


@area.get("/compliance.json", defaults={"regime": None})
@area.get("/compliance/<regime>.json")
def as_json(regime: str | None) -> Response:
    return json_answer(orjson.dumps(_read(regime).record()))


@area.get("/compliance.csv", defaults={"regime": None})
@area.get("/compliance/<regime>.csv")
def as_csv(regime: str | None) -> Response:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_read(regime).rows())
    return Response(text.getvalue(), content_type="text/csv; charset=utf-8")


@area.get("/compliance/rules")
def rules() -> str:
    operator, sections = site().settings.operator, rule_book_sections(catalogue(), _rules().values())
    return render_template("rules.html", operator=operator, sections=sections, places=_places)


def _places(regime: Regime) -> str:
    """Where it holds, by name."""
    if regime.union:
        return translated(regime.where)
    names = ", ".join(map(_country, regime.countries))
    return f"{names} ({regime.region})" if regime.region else names


def _country(code: str) -> str:
    return str(locale().territories.get(code, code))


def _read(regime: str | None) -> Boards:
    if regime is not None and regime not in catalogue().regimes:
        names = ", ".join(catalogue().regimes)
        raise Failure(
            404,
            GENERIC_CLIENT,
            worded("there are no rules called %(name)s: there are %(names)s", name=repr(regime[:40]), names=names),
        )
    with reading(site().engine) as connection:
        return read_boards(connection, catalogue(), _rules(), _which(connection), regime, _past())


def _there(connection: Connection) -> set[tuple[str, str]]:
    """(party, alpha-2 country) of all that is public. Of the index of the feed, which a process may not have read yet, it needs
    nothing else."""
    return {(party, found) for party, country in scopes(connection) if (found := _alpha2(country))}


def _past() -> PastDays:
    found: PastDays = current_app.extensions[PAST]
    return found


def _rules() -> dict[str, Rule]:
    return _all_rules(site().settings.profiles)


@cache
def _all_rules(names: tuple[str, ...] | None) -> dict[str, Rule]:
    """By code: of the catalogue and of the profiles named (None: all)."""
    book = RuleBook(read_profiles(shipped("config") / "profiles", names))
    return {rule.code: rule for rule in book.all()}


def _which(connection: Connection) -> Which:
    """Raises Failure for what nobody publishes, naming what there is."""
    party = request.args.get("party", "").strip().upper().replace("-", "*") or None
    country = _alpha2(request.args.get("country", "").strip().upper())
    there = _there(connection) if party or country else ()
    for name, asked, known in (
        ("party", party, {one for one, _ in there}),
        ("country", country, {one for _, one in there}),
    ):
        if asked is not None and asked not in known:
            raise bad_parameter(name, asked, _there_are(known))
    text = request.args.get("location", "").strip()
    if not text:
        return Which(party, country)
    found = locations_called(connection, text)
    if not found:
        raise unknown(
            worded(
                "no public location %(name)s: write its id, or DE*ABC/L1 as the examples have it", name=repr(text[:80])
            )
        )
    if len(found) > 1:
        raise bad_parameter(
            "location",
            text,
            worded("several are called so: write one of %(keys)s", keys=", ".join(key for _, key in found)),
        )
    return Which(location=found[0][0])


def _there_are(names: Iterable[str]) -> Worded:
    return worded("there are %(names)s", names=", ".join(sorted(names)) or worded("none yet"))


def _alpha2(text: str) -> str | None:
    """Of `DE` or `DEU`; what is neither stays as it is."""
    known = countries_by_alpha2.get(text) or countries_by_alpha3.get(text)
    return str(known.alpha2) if known else text or None


def register(app: Flask) -> None:
    """Reads the rules and the days that are over now: whoever asks first should not wait for that."""
    give_words(app.jinja_env)
    app.jinja_env.filters["recalled"] = recalled
    there: Site = app.extensions[EXTENSION]
    _all_rules(there.settings.profiles)
    past = app.extensions[PAST] = PastDays()
    with reading(there.engine) as connection:
        past.before(connection, Which(), last_day(connection))
    app.register_blueprint(area)
