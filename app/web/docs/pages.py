"""The pages below `/docs`, and the search in them."""

from __future__ import annotations

from functools import lru_cache

from flask import Blueprint, current_app, render_template, request

from app.web.docs import made
from app.web.docs.contents import Entry, contents
from app.web.docs.markdown import Text, read
from app.web.docs.search import LONGEST, find
from app.web.failure import GENERIC_CLIENT, Failure
from app.web.site import Site, site

DEMO = "http://127.0.0.1:8080"
"""Where the examples in the files find the feed; a page says where this one is."""

area = Blueprint("docs", __name__)


@area.get("/docs")
def index() -> str:
    question = request.args.get("q", "").strip()[:LONGEST]
    hits = find(question, [(entry, _markdown(entry, site())) for entry in contents()]) if question else []
    return render_template(
        "docs/index.html", operator=site().settings.operator, question=question, hits=hits, **_frame()
    )


@area.get("/docs/<path:name>")
def page(name: str) -> str:
    entry = contents().named(name)
    if entry is None:
        raise Failure(404, GENERIC_CLIENT, f"the documentation has no page {name[:80]!r}: /docs lists those there are")
    here = site()
    text = _read(entry, _markdown(entry, here), current_app.jinja_env.globals["base"])
    return render_template("docs/page.html", operator=here.settings.operator, entry=entry, text=text, **_frame())


@lru_cache(maxsize=128)
def _read(entry: Entry, markdown: str, base: str) -> Text:
    return read(markdown, lambda link: address(link, entry, base))


def _frame() -> dict[str, object]:
    return {"audiences": contents().audiences}


def _markdown(entry: Entry, here: Site) -> str:
    text = made.PAGES[entry.made](here) if entry.made else entry.text()
    return text.replace(DEMO, here.settings.web.url)


def address(link: str, entry: Entry, base: str) -> str | None:
    """Where a link of that page leads to, `base` before each of our paths; None: to a file that has no page."""
    if link.startswith(("#", "https://", "http://", "mailto:")):
        return link
    if link.startswith("/"):
        return base + link
    if link.startswith("../assets/"):
        return str(current_app.extensions["assets"].url(link.removeprefix("../assets/")))
    path, mark, anchor = link.partition("#")
    found = contents().of_link(path, entry.file)
    return f"{base}/docs/{found.name}{mark}{anchor}" if found else None
