"""`/sources`: how fresh what is published is, source by source. What they are called and said stands at `/admin/sources`."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.web.freshness import KINDS, STATES, freshness, old_publication, quiet_sources
from app.web.site import site

area = Blueprint("sources_page", __name__)


@area.get("/sources")
def sources() -> str:
    here = site()
    now = here.clock.now()
    lines = freshness(here, here.figures(), now)
    return render_template(
        "sources.html",
        lines=lines,
        states=STATES,
        kinds=KINDS,
        sources=len(here.settings.sources),
        quiet=quiet_sources(lines),
        late=bool(list(old_publication(here, now))),
        head=here.feed.index().head,
        now=now,
    )
