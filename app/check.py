"""`chargefeed check`: everything the settings name, tried once; nothing of it is published."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from app.archiving import missing
from app.clock import SystemClock, ago
from app.compliance.profile import read_profiles
from app.delivering import open_destination
from app.delivery.settings import DestinationSettings
from app.delivery.states import read_standings
from app.errors import ChargefeedError
from app.formats.base import Publisher
from app.joining import Gathered
from app.listening import open_private
from app.model.batch import PULLED, Kind
from app.model.problem import Problem, Severity
from app.partnering import open_handshakes
from app.publish.judge import Judge
from app.registry.apply import Registry
from app.registry.database import open_engine, reading
from app.registry.figures import kept_by_source, read_lags, read_sources
from app.registry.overlay_files import load_overlay
from app.roaming.settings import PartnerSettings
from app.session_pulling import session_sources
from app.session_pulling import tried as sessions_tried
from app.session_sending import declaring
from app.settings import History, Private, Settings, shipped
from app.source_check import read_source
from app.sources.base import PushSource, SourceSettings, make_source, source_class
from app.store.base import Label
from app.validation import official_schemas

PROBLEMS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    """`source demo`, `database` …"""
    ok: bool
    detail: str


def check(settings: Settings, doing: Callable[[str], None]) -> list[Row]:
    """One row per thing; `doing` is told before each."""
    database = tried("database", partial(_database, settings), doing)
    attempts = (
        {"pulls": partial(_pulls, settings), "sources gone": partial(sources_gone, settings)} if database.ok else {}
    )
    attempts["store"] = partial(_store, settings)
    attempts["history"] = partial(_history, settings.history)
    if settings.private is not None:
        attempts["private"] = partial(_private, settings.private)
    if session_sources(settings.sources, SystemClock()) or declaring(settings):
        attempts["sessions"] = partial(_sessions, settings)
    if settings.profiles:
        attempts["profiles"] = partial(_profiles, settings.profiles)
    if settings.schemas:
        attempts["schemas"] = partial(_schemas, settings.schemas, settings.publisher())
    attempts |= {f"overlay {path}": partial(_overlay, path) for path in settings.overlay}
    attempts |= {f"docs {name}": partial(_text, text) for name, text in settings.docs if isinstance(text, Path)}
    attempts |= {f"source {source.name}": partial(_source, source) for source in settings.sources}
    if all(source_class(source.type).capabilities.at_hand for source in settings.sources):
        attempts["joins"] = partial(_joins, settings)
    attempts |= {f"destination {each.name}": partial(_destination, settings, each) for each in settings.destinations}
    attempts |= {f"partner {each.name}": partial(_partner, settings, each) for each in settings.partners}
    return [database, *(tried(what, attempt, doing) for what, attempt in attempts.items())]


def tried(what: str, attempt: Callable[[], tuple[bool, str]], doing: Callable[[str], None]) -> Row:
    """The row of one thing, whatever `attempt` raises."""
    doing(what)
    try:
        return Row(what, *attempt())
    except ChargefeedError as error:
        return Row(what, False, str(error))
    except Exception as error:  # noqa: BLE001  (a plug-in or a driver may raise anything, and the rest is still to be checked)
        return Row(what, False, f"{type(error).__name__}: {error}")


def _text(path: Path) -> tuple[bool, str]:
    return True, f"{path}, {len(path.read_text(encoding='utf-8').split())} words"


def _database(settings: Settings) -> tuple[bool, str]:
    registry = Registry.open(settings.database)
    with registry.feed().read() as reader:
        sequence = reader.head().seq
    registry.engine.dispose()
    return True, f"{registry.engine.url.render_as_string(hide_password=True)}, sequence {sequence}"


def _pulls(settings: Settings) -> tuple[bool, str]:
    """What the worker has brought so far, and how old it is."""
    engine, now = open_engine(settings.database), SystemClock().now()
    ttls = {source.name: source.ttl * 1000 for source in settings.sources}
    states = [state for state in read_sources(engine) if state.source in ttls]
    lags = read_lags(engine)
    engine.dispose()
    said, ok = [], True
    for state in states:
        late = state.succeeded_at is None or now - state.succeeded_at > ttls[state.source]
        ok &= not (late or state.failures)
        lag = lags.get(state.source) if state.kind is Kind.STATUSES else None
        parts = [
            "never" if state.succeeded_at is None else ago(state.succeeded_at, now),
            "" if lag is None else f"lag {lag / 1000:.0f} s",
            f"{state.failures} failed since: {state.error}" if state.failures else "",
        ]
        said.append(f"{state.source} {state.kind.value} {', '.join(filter(None, parts))}")
    return ok, "; ".join(said) or "no worker has pulled yet"


def sources_gone(settings: Settings) -> tuple[bool, str]:
    """What is public of sources that the settings do not name."""
    engine = open_engine(settings.database)
    named = {source.name for source in settings.sources}
    left = {source: kept for source, kept in kept_by_source(engine).items() if source not in named}
    engine.dispose()
    said = ", ".join(
        f"{locations} locations and {tariffs} tariffs of {name}" for name, (locations, tariffs) in left.items()
    )
    remedy = (
        "They stay public, and nobody else can give them: give it its name back, or let it go (deploy/operations.md)"
    )
    return (False, f"{said}, of which `sources` knows nothing. {remedy}") if left else (True, "nothing is left of one")


def _store(settings: Settings) -> tuple[bool, str]:
    store = settings.store.open(waited_for=True)
    key = f"check-{secrets.token_hex(8)}.txt"
    store.put(key, b"chargefeed check", Label("text/plain"))
    store.delete(key)
    where = settings.store.directory or (
        settings.store.s3 and f"s3://{settings.store.s3.bucket}/{settings.store.s3.prefix}"
    )
    return True, f"{where} can be written"


def _history(settings: History) -> tuple[bool, str]:
    if lacking := missing():
        return True, f"off, since {' and '.join(lacking)} is missing: pip install 'chargefeed[history]'"
    status, prices = (f"{keep / 86400:.0f} days" for keep in (settings.keep_status, settings.keep_prices))
    return True, f"statuses kept for {status}, prices for {prices}"


def _private(settings: Private) -> tuple[bool, str]:
    store = open_private(settings)
    return True, f"{store.where}, kept for {settings.keep / 86400:.0f} days"


def _sessions(settings: Settings) -> tuple[bool, str]:
    return True, sessions_tried(settings, SystemClock())


def _profiles(names: Sequence[str]) -> tuple[bool, str]:
    found = read_profiles(shipped("config") / "profiles", names)
    return True, ", ".join(f"{profile.name} ({profile.confidence})" for profile in found)


def _schemas(folder: Path, publisher: Publisher) -> tuple[bool, str]:
    official, sets = official_schemas(folder)
    unjudged = Judge(official, publisher).unjudged()
    return True, "; ".join([", ".join(sets), *([f"none for {', '.join(unjudged)}"] if unjudged else [])])


def _overlay(path: Path) -> tuple[bool, str]:
    overlay = load_overlay([path], os.environ)
    said = [f"{len(overlay.facts)} facts", *(str(problem) for problem in overlay.problems)]
    return not overlay.problems, "; ".join(said)


def _joins(settings: Settings) -> tuple[bool, str]:
    """What one source lacks of another, where all can be read to the end."""
    gathered = Gathered(overlay=load_overlay(settings.overlay, os.environ))
    for source in settings.sources:
        for _ in read_source(source, gathered, lambda _: None):
            pass
    if gathered.unread:
        return False, f"not compared: {'; '.join(gathered.unread)}"
    left = gathered.left_over({source.name for source in settings.sources})
    said = [f"{each.count} {each.what}: {', '.join(name for name, _ in each.named[:PROBLEMS_SHOWN])}" for each in left]
    return not any(each.bad for each in left), "; ".join(said) or "nothing is left over"


def _destination(settings: Settings, destination: DestinationSettings) -> tuple[bool, str]:
    """A request that changes nothing, and what a person should look at in what the worker has sent there."""
    said = [open_destination(destination, settings, SystemClock()).check()]
    engine = open_engine(settings.database)
    with reading(engine) as connection:
        found = [
            each for each in read_standings(connection) if each.state.destination == destination.name and each.noted
        ]
    engine.dispose()
    look = f"`chargefeed destinations problems {destination.name}`"
    said += [
        f"{each.noted} objects with something to look at, {each.refused} of them refused: {look}" for each in found
    ]
    return True, "; ".join(said)


def _partner(settings: Settings, partner: PartnerSettings) -> tuple[bool, str]:
    """Its versions and details, where it is registered."""
    engine = open_engine(settings.database)
    handshakes = open_handshakes(settings, engine)
    known = handshakes.partners.read(partner.name)
    if known is None or known.counterparty is None:
        said = known.word if known else f"not invited yet: `chargefeed partner add {partner.name}`"
    else:
        said = f"answers, OCPI {handshakes.look(partner).version}"
    engine.dispose()
    return True, said


def _source(settings: SourceSettings) -> tuple[bool, str]:
    """The first page of each kind, of what is at hand all pages, read to the last record."""
    source = make_source(settings, SystemClock())
    if isinstance(source, PushSource):
        return True, source.check()
    said: list[str] = []
    problems: list[Problem] = []
    for kind in PULLED:
        if kind not in source.kinds:
            continue
        records = 0
        for batch in islice(source.ask(kind, None, full=True), None if source.capabilities.at_hand else 1):
            records += len(batch.records)
            problems += batch.problems
            problems += (problem for record in batch.records for problem in batch.parse(record).problems)
        said.append(f"{records} {kind.value}")
    bad = [problem for problem in problems if problem.severity is not Severity.NOTE]
    said += [f"{len(problems)} problems" if problems else "", *(str(problem) for problem in bad[:PROBLEMS_SHOWN])]
    return not bad, "; ".join(filter(None, said))
