"""`chargefeed report rules` and `chargefeed report findings`: the catalogue, and what it found over time."""

from __future__ import annotations

from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated

import typer

from app.clock import Millis, format_time
from app.errors import ConfigError
from app.report_cli import Config, day_of, engine_of, profiles_of
from app.settings import config_file, load, shipped
from app.terminal import say, table

if TYPE_CHECKING:
    from app.registry.evaluation.record import Life


class RulesForm(StrEnum):
    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"


def rules(form: Annotated[RulesForm, typer.Option("--format", help="md, html or json.")] = RulesForm.MARKDOWN) -> None:
    """The catalogue of rules: code, meaning, law, where each is looked for, and what to do."""
    import orjson

    from app.compliance import docs
    from app.compliance.catalogue import catalogue
    from app.compliance.judging import RuleBook
    from app.compliance.page import page_environment, style_of

    sections = docs.rule_book_sections(catalogue(), RuleBook(profiles_of(None)).all())
    if form is RulesForm.JSON:
        text = orjson.dumps({"regimes": docs.records(sections)}, option=orjson.OPT_INDENT_2).decode()
    elif form is RulesForm.HTML:
        templates = shipped("templates")
        page = page_environment(templates).get_template("rules-file.html")
        text = page.render(sections=sections, style=style_of(templates), places=attrgetter("where"))
    else:
        text = "\n".join(docs.markdown(sections))
    say(text)


def findings(
    fixed: Annotated[
        bool | None, typer.Option("--fixed/--open", help="Just those; else all.", show_default=False)
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="2026-01-31, in UTC: opened, or fixed, since then.", show_default=False)
    ] = None,
    config: Config = None,
) -> None:
    """Findings with their life, as the worker evaluated them: what, where, since when, until when, what to do."""
    from app.registry.database import reading
    from app.registry.evaluation.reading import lives, standing

    engine = engine_of(load(config_file(config), plain=True))
    after: Millis | None = None if since is None else day_of(since, "--since") - 1
    with reading(engine) as connection:
        if standing(connection) is None:
            raise ConfigError(
                "nothing has been evaluated yet", remedy="The worker does it (`chargefeed worker`, `chargefeed run`)"
            )
        columns = ("state", "rule", "where", "first seen", "last seen", "fixed", "what", "what to do")
        table(columns, (_row(one) for one in lives(connection, fixed=fixed, since=after)))


def _row(one: Life) -> tuple[str, ...]:
    where = f"{one.key}/{one.places}" if one.places else one.key
    ended = "" if one.fixed_at is None else format_time(one.fixed_at)
    times = (format_time(one.first_seen), format_time(one.last_seen), ended)
    return ("fixed" if ended else "open", one.rule, where, *times, one.what, one.remedy)


def add_findings(report: typer.Typer) -> None:
    report.command()(rules)
    report.command()(findings)
