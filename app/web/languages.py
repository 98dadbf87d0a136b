"""The language of a page: that of `?lang=`, else the best that the reader's browser asks for, else the operator's.

The sentences are those of the templates and of `app.wording`, in English; `templates/languages` has the others, a catalogue each,
which are read as they are. Pages are said in each of them but those of `ENGLISH`. No cookie is set: who chose a language in an
address has it in the links of the page, too. (Flask-Babel reads compiled catalogues alone, and would do little else here.)
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from urllib.parse import quote, urlencode

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import Flask, Response, current_app, g, request
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from app.settings import shipped
from app.tariffs.explain import LANGUAGES
from app.tariffs.explain import words as written
from app.tariffs.explain.catalogue import catalogue as phrases
from app.tariffs.explain.catalogue import spoken
from app.web.site import site
from app.wording import Worded, filled

SOURCE = "en"
"""Of the sentences in templates and code."""
NAMES = {code: str(Locale(code).get_language_name(code)).capitalize() for code in LANGUAGES}
"""Each in itself."""
ENGLISH = frozenset({"docs", "admin"})
"""Blueprints whose pages are in English."""
_PARAMETER = "lang"


def language() -> str:
    """Of this request's page."""
    if "language" not in g:
        g.language = asked() or _negotiated() if is_translated() else SOURCE
    found: str = g.language
    return found


def asked() -> str:
    """The language that the address names; empty: none that there is."""
    named = request.args.get(_PARAMETER, "")
    return named if named in LANGUAGES and is_translated() else ""


def is_translated() -> bool:
    return ENGLISH.isdisjoint(request.blueprints)


def locale() -> Locale:
    """How the language writes numbers and dates."""
    return spoken(language())[1]


def translated(text: str) -> str:
    """A sentence of `app.wording`; any other text as it is."""
    if not isinstance(text, Worded):
        return text
    values = {name: _value(value) for name, value in text.values.items()}
    n = text.values.get("n")
    if text.many and isinstance(n, int):
        return filled(_ngettext(text.message, text.many, n), values)
    return filled(_gettext(text.message), values)


def sentence(text: str) -> str:
    """With a capital letter, and a full stop."""
    said = translated(text).removesuffix(".")
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def english() -> Markup:
    """The attribute of what is said in English on every page."""
    return Markup("") if language() == SOURCE else Markup(' lang="en"')


def number(value: int | Decimal | float) -> str:
    return written.number(locale(), Decimal(str(value)))


def figure(text: str) -> str:
    """A decimal number with the digits it has: `0.50`."""
    decimals = len(text.partition(".")[2])
    return format_decimal(Decimal(text), "#,##0" + "." * bool(decimals) + "0" * decimals, locale())


def percent(share: float | None) -> str:
    """Never 100 % where something is missing; a dash where nothing is decided."""
    return "–" if share is None else written.percent(locale(), Decimal(int(share * 1000)) / 10)


def whole_percent(share: float) -> str:
    """`61%`; `< 1%` and `> 99%` where it is not quite nothing, or all."""
    whole = round(share * 100)
    sign, told = ("< ", 1) if whole == 0 < share else ("> ", 99) if share < 1 and whole == 100 else ("", whole)
    return sign + written.percent(locale(), Decimal(told))


def kept(path: str) -> str:
    """The path of a page, in the language that this one was asked for by its address."""
    return _in(path, asked())


def to(path: str) -> str:
    """The same as an address of ours."""
    return f"{current_app.jinja_env.globals['base']}{kept(path)}"


def in_language(code: str) -> str:
    """The whole address of this page in a language; empty `code`: in that of the reader."""
    others = [(name, value) for name, value in request.args.items(multi=True) if name != _PARAMETER]
    path = quote(request.path, safe="/*")
    return site().url(_in(f"{path}?{urlencode(others)}" if others else path, code))


def _in(path: str, code: str) -> str:
    before, mark, fragment = path.partition("#")
    return f"{before}{'&' if '?' in before else '?'}{_PARAMETER}={code}{mark}{fragment}" if code else path


def _negotiated() -> str:
    return _best(request.headers.get("Accept-Language", ""), site().settings.operator.language)


@lru_cache(maxsize=512)
def _best(accept_language: str, default: str) -> str:
    """RFC 9110, 12.5.4; a country's variant counts as its language, and `*` as the default."""
    accepted = parse_accept_header(accept_language, LanguageAccept)
    plain = LanguageAccept((tag.partition("-")[0], quality) for tag, quality in accepted)
    return plain.best_match((default, *LANGUAGES), default)


def _gettext(message: str) -> str:
    return str(_catalogue(language()).ugettext(message))


def _ngettext(message: str, many: str, n: int) -> str:
    return str(_catalogue(language()).ungettext(message, many, n))


@lru_cache
def _catalogue(code: str) -> NullTranslations:
    if code == SOURCE:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, sentences(code))
    compiled.seek(0)
    return Translations(compiled)


def sentences(code: str) -> Catalog:
    """All there are, with their translations."""
    with (shipped("templates") / "languages" / f"{code}.po").open("rb") as file:
        return read_po(file, code)


def _value(value: object) -> object:
    if isinstance(value, tuple):
        return phrases(language()).say("price.separator").join(str(_value(part)) for part in value)
    if isinstance(value, int | float | Decimal):
        return number(value)
    return translated(value) if isinstance(value, str) else value


def _tell(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = language()
        if is_translated():
            response.vary.add("Accept-Language")
    return response


def register(app: Flask) -> None:
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {
        "language": language,
        "languages": NAMES,
        "asked_language": asked,
        "is_translated": is_translated,
        "in_language": in_language,
        "to": to,
        "english": english,
    }
    environment.filters |= {
        "translated": translated,
        "sentence": sentence,
        "number": number,
        "figure": figure,
        "percent": percent,
        "whole_percent": whole_percent,
    }
    environment.tests["worded"] = lambda text: isinstance(text, Worded)
    app.after_request(_tell)
