"""Pages that the code writes about itself, in Markdown: they cannot say anything else than it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import orjson
import prometheus_client
import structlog
from flask import current_app
from prometheus_client.metrics_core import Metric

import app.metrics  # noqa: F401  # what the worker counts
from app.compliance.profile import read_profiles
from app.compliance.profile_lines import profile_lines
from app.errors import StoreError
from app.settings import shipped
from app.sources.base import source_class, source_types
from app.web.docs.api_page import api_page
from app.web.docs.schema_words import COLUMNS, members, words
from app.web.docs.settings_page import settings_page
from app.web.docs.tables import table
from app.web.gauges import figures
from app.web.openapi import written
from app.web.schemas import extensions, object_schemas, schema_prefix
from app.web.site import RELAY, Site

_API = "/docs/api"
_NEWEST = schema_prefix("2.3.0")
_CHANGES = ("Change", "StatusChange", "LocationPut", "TariffPut", "Removal", "Boundary", "Status")
_log = structlog.get_logger()


def metrics_page(here: Site) -> str:
    for type_ in source_types():
        source_class(type_)  # what it counts is known once it is loaded
    known: list[Metric] = [*figures(here), *here.requests.described(), *prometheus_client.REGISTRY.collect()]
    ours = {one.name: one for one in known if one.name.startswith("chargefeed_")}
    rows = [(f"`{name}`", one.type, ", ".join(_labels(one)), one.documentation) for name, one in sorted(ours.items())]
    return (
        "# Metrics\n\n`/metrics` says these to Prometheus, from every web process the same. A counter ends in `_total` there, a "
        "histogram in `_bucket`, `_count` and `_sum`.\n\n" + table(("Metric", "Kind", "Labels", "Means"), rows)
    )


def _labels(metric: Metric) -> list[str]:
    labels = {label for sample in metric.samples for label in sample.labels} | {*getattr(metric, "_labelnames", ())}
    return sorted(labels - {"le"})


@cache
def countries_page() -> str:
    parts = [
        "# Countries",
        "What the access point of each country takes, how, and how far that was verified. `chargefeed profiles` lists them; the "
        "setting `profiles` says which are held. What a country asks for beyond AFIR becomes a [rule](/compliance/rules).",
    ]
    for profile in read_profiles(shipped("config") / "profiles"):
        parts.append(f"## {profile.name} (`{profile.country.lower()}`)")
        parts.append(table(("What", "How"), [line for line in profile_lines(profile) if line[1]]))
    return "\n\n".join(parts)


@cache
def extension_page() -> str:
    """Fields that are not OCPI's, class by class."""
    schemas = object_schemas()
    parts = [
        "# Fields beyond OCPI",
        "What AFIR, NEVI and access points ask for and OCPI cannot say. They stand in the 2.3.0 feed alone, beside OCPI's own "
        "fields; readers that do not know them ignore them. Absent means that nobody says it: it never means no.",
    ]
    for name, fields in sorted(extensions().items()):
        known = schemas.get(_NEWEST + name, {}).get("properties", {})
        rows = [(f"`{field}`", words(known[field], _API), means) for field, means in fields.items() if field in known]
        parts += [f"## {name}", table(("Field", "What it is", "Means"), rows)] if rows else []
    return "\n\n".join(parts)


@cache
def changes_page(url: str) -> str:
    schemas = orjson.loads(written(url))["components"]["schemas"]
    parts = [
        "# The shape of a change",
        "The same in `/open/changes`, `/open/stream` and webhooks. `/open/change.schema.json` is its JSON Schema; "
        "[streams](/docs/streams) says which of them to use.",
    ]
    for name in _CHANGES:
        parts += [f"## {name}", schemas[name].get("description", ""), table(COLUMNS, members(schemas[name], _API))]
    return "\n\n".join(parts)


def losses_page(here: Site) -> str:
    """Of what is published now; the manifest has the same by document."""
    return "\n\n".join(
        [
            "# What formats cannot say",
            "Some formats have no word for what is known. What becomes of it is counted in `/open/manifest.json`, document by "
            "document. These are the losses of what is published here now; a format that is not listed loses nothing of it.",
            *_losses(here),
        ]
    )


def _losses(here: Site) -> Iterator[str]:
    try:
        manifest = here.files.manifest()
    except StoreError as error:
        _log.warning("the store does not answer; the documentation lacks the losses", error=str(error))
        yield "They cannot be read just now: try again in a moment."
        return
    found: dict[str, Counter[tuple[str, str]]] = {}
    for file in manifest.files if manifest is not None else ():
        if not file.path.startswith("/open/party/"):
            for loss in file.losses:
                found.setdefault(file.format, Counter())[loss.path, loss.reason] += loss.count
    if not found:
        yield "Nothing is lost, or nothing is published yet."
    for name, losses in sorted(found.items()):
        yield f"## {name}"
        rows = [
            (f"`{path}`" if path else "all of it", why, str(number)) for (path, why), number in sorted(losses.items())
        ]
        yield table(("Field", "What becomes of it", "How often"), rows)


def support_page(here: Site) -> str:
    operator = here.settings.operator
    said = [f"{operator.name} publishes this feed."]
    if operator.email:
        said.append(f"Questions: [{operator.email}](mailto:{operator.email}).")
    if operator.website:
        said.append(f"See also [{operator.website}]({operator.website}).")
    return f"# Support\n\n{' '.join(said)}\n\n{_told(here.settings.docs.support)}"


def roadmap_page(here: Site) -> str:
    told = _told(here.settings.docs.roadmap) or f"{here.settings.operator.name} has not said what comes next."
    past = "What has changed so far: [changes](/docs/changelog). What stays: [stability](/docs/stability)."
    return f"# Roadmap\n\n{told}\n\n{past}"


def _told(text: str | Path | None) -> str:
    """What the operator says, its headings below that of the page; nothing where its file cannot be read."""
    try:
        told = text.read_text(encoding="utf-8") if isinstance(text, Path) else text or ""
    except OSError as error:
        _log.error("a page of the documentation cannot be read", file=str(text), error=str(error))
        return ""
    lines = told.splitlines()
    return "\n".join(f"#{line}" if line.startswith("# ") else line for line in lines)


PAGES: dict[str, Callable[[Site], str]] = {
    "api": lambda here: api_page(here.settings.web.url, RELAY in current_app.extensions),
    "changes": lambda here: changes_page(here.settings.web.url),
    "countries": lambda _: countries_page(),
    "extension": lambda _: extension_page(),
    "losses": losses_page,
    "metrics": metrics_page,
    "roadmap": roadmap_page,
    "settings": lambda _: settings_page(),
    "support": support_page,
}
"""By the name that `contents.yaml` gives."""
