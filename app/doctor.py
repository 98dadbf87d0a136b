"""`chargefeed doctor`: what is wrong with a running installation, and what to do about it. Nothing is changed, nothing migrated.

Each row has its own question; what the answer needs (freshness, standings, leases) is asked of those who know it. Where the
database cannot be read, what depends on it is left out.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable
from functools import partial

import requests
from sqlalchemy import select

from app import __version__
from app.archiving import missing
from app.check import Row, sources_gone, tried
from app.clock import Clock, Millis, ago
from app.delivery.states import Standing, read_standings
from app.ledger.standing import read_standing
from app.registry.database import newest_revision, open_engine, reading, revision, sqlite_file
from app.registry.leases import DESTINATION, SOURCE, WORKER, Leases, database_now
from app.retention import kept
from app.secret_files import secret_files
from app.settings import Settings
from app.web.freshness import freshness, old_publication
from app.web.site import Site

LEAST_FREE = 1 << 30
MOST_SKEW: Millis = 1000
SEALED_WITHIN: Millis = 60_000
"""An entry of the ledger is public within a minute."""
DELIVERED_WITHIN: Millis = 300_000
LATE_STATUSES: Millis = 3 * 86_400_000
"""They go a day at a time, when that stands in its file."""
ANSWERS_WITHIN_S = 5.0
REMEDIES = {
    "paused": "A person stopped it: `chargefeed destinations resume {name}` when it may go on",
    "refused": "`chargefeed destinations problems {name}` says why; mend it, then `chargefeed destinations retry {name}`",
    "retrying": "It is tried again by itself; `chargefeed destinations retry {name}` does not wait",
    "ok": "It takes less than there is: look at its own limits, and at `parallel` and `batch` in its settings",
}

Answer = tuple[bool, str]
"""Whether all is well, and what there is to say, with what to do."""


def examine(settings: Settings, doing: Callable[[str], None], clock: Clock) -> list[Row]:
    """One row per question; `doing` is told before each."""
    of_machine: dict[str, Callable[[], Answer]] = {
        "version": _version,
        "disk": partial(_disk, settings),
        "keys": partial(_keys, settings),
        "web": partial(_answers, f"{settings.web.url}/healthz"),
        "stream": partial(_answers, f"{settings.web.stream_url}/open/stream"),
        "database": partial(_database, settings.database),
    }
    rows = [tried(what, attempt, doing) for what, attempt in of_machine.items()]
    if rows[-1].ok:
        site = Site(settings, open_engine(settings.database), settings.store.open(waited_for=True), clock)
        rows += [tried(what, attempt, doing) for what, attempt in _of_site(site).items()]
        site.engine.dispose()
    return rows


def _of_site(site: Site) -> dict[str, Callable[[], Answer]]:
    found: dict[str, Callable[[], Answer]] = {
        "clock": partial(_clock, site),
        "workers": partial(_workers, site),
        "snapshots": partial(_snapshots, site),
        "ledger": partial(_ledger, site),
        "held": partial(_held, site),
        "sources gone": partial(sources_gone, site.settings),
        "retention": partial(_retention, site),
    }
    found |= {f"source {each.name}": partial(_source, site, each.name) for each in site.settings.sources}
    return found | {
        f"destination {each.name}": partial(_destination, site, each.name) for each in site.settings.destinations
    }


def _wrong(what: str, remedy: str) -> Answer:
    return False, f"{what}. {remedy}"


# the machine


def _version() -> Answer:
    return True, f"chargefeed {__version__}, Python {platform.python_version()}"


def _disk(settings: Settings) -> Answer:
    database = sqlite_file(settings.database)
    folders = {folder for folder in (database and database.parent, settings.store.directory) if folder is not None}
    written = [path for path in (database, *sorted(folders)) if path is not None and path.exists()]
    if closed := [str(path) for path in written if not os.access(path, os.W_OK)]:
        remedy = (
            "Nothing is published until it can be: mount it to be written, or give it to the user who runs chargefeed"
        )
        return _wrong(f"{', '.join(closed)} cannot be written", remedy)
    free = {str(folder): shutil.disk_usage(folder).free for folder in sorted(folders) if folder.exists()}
    said = ", ".join(f"{left / 1e9:.1f} GB free at {folder}" for folder, left in free.items())
    if free and min(free.values()) < LEAST_FREE:
        return _wrong(said, "Make room: at 0 nothing is published any more, though the last good files stay")
    return True, said or "nothing is kept on this machine"


def _keys(settings: Settings) -> Answer:
    files = secret_files(settings)
    for path in files:
        if path.stat().st_mode & 0o077:
            return _wrong(f"others may read the private key {path}", f"chmod 600 {path}")
    return True, f"{len(files)} files with private keys, readable to their owner alone"


def _answers(url: str) -> Answer:
    try:
        status = requests.head(url, timeout=ANSWERS_WITHIN_S).status_code
    except requests.RequestException as error:
        return _wrong(
            f"{url} does not answer ({type(error).__name__})", "Is its process running, and the proxy in front?"
        )
    if status != 200:
        return _wrong(f"{url} answers {status}", "Its log says why, or that of the proxy in front")
    return True, f"{url} answers"


def _database(url: str) -> Answer:
    path = sqlite_file(url)
    if path is not None and not path.exists():
        return _wrong(f"there is no file {path}", "A worker makes it: start `chargefeed run`, or mend `database`")
    engine = open_engine(url)
    there, ours = revision(engine), newest_revision()
    engine.dispose()
    where = engine.url.render_as_string(hide_password=True)
    if there == ours:
        return True, f"{where}, at revision {ours}"
    if (there or "") > ours:
        return _wrong(
            f"{where} is at revision {there}, this version's is {ours}", "Run the newer version that wrote it"
        )
    remedy = "Any process of this version that starts brings it up to date: deploy/operations.md, Upgrades"
    return _wrong(f"{where} is at revision {there or 'none'}, this version's is {ours}", remedy)


# the installation


def _clock(site: Site) -> Answer:
    with reading(site.engine) as connection:
        skew = site.clock.now() - connection.execute(select(database_now())).scalar_one()
    ahead = site.feed.index().head.published_at - site.clock.now()
    if abs(skew) > MOST_SKEW:
        return _wrong(
            f"{skew / 1000:+.1f} s against the database's",
            "Have both machines follow NTP: every time in the feed is read off them",
        )
    if ahead > MOST_SKEW:
        return _wrong(
            f"the last change is stamped {ahead / 1000:.0f} s in the future",
            "The clock was wrong, and has been set back: it catches up by itself",
        )
    return True, f"{skew / 1000:+.1f} s against the database's"


def _workers(site: Site) -> Answer:
    in_force = Leases(site.engine, "").held("")
    workers = [name.removeprefix(WORKER) for name in in_force if name.startswith(WORKER)]
    if not workers:
        return _wrong("none is at work", "Start `chargefeed run` or `chargefeed worker`; its log tells why it ended")
    wanted = {SOURCE + each.name for each in site.settings.sources}
    wanted |= {DESTINATION + each.name for each in site.settings.destinations}
    if idle := sorted(wanted - in_force.keys()):
        return _wrong(
            f"nobody works at {', '.join(idle)}", "One does within 20 seconds; else these settings are not the workers'"
        )
    leases = {worker: sum(holder == worker for holder in in_force.values()) - 1 for worker in workers}
    return True, "; ".join(f"{worker} holds {number} leases" for worker, number in sorted(leases.items()))


def _snapshots(site: Site) -> Answer:
    for reason in old_publication(site, site.clock.now(), inner=True):
        return _wrong(
            reason.removeprefix("publication: "), "The worker's log tells why, by `publication` or `job failed`"
        )
    manifest = site.files.manifest()
    assert manifest is not None
    said = f"at sequence {manifest.sequence}, generated {manifest.generated} by {manifest.generator}"
    if manifest.generator != f"chargefeed {__version__}":
        return _wrong(said, f"This is {__version__}: restart the workers with it")
    return True, said


def _ledger(site: Site) -> Answer:
    standing, now = read_standing(site.engine, site.store), site.clock.now()
    said = f"{standing.entries} entries"
    if standing.waiting_since is not None and now - standing.waiting_since > SEALED_WITHIN:
        remedy = "The worker's log tells why (`ledger`): a key that is missing, a file that was changed, a store that refuses"
        return _wrong(f"{said}; one waits for its place since {ago(standing.waiting_since, now)}", remedy)
    return True, said


def _held(site: Site) -> Answer:
    held = site.figures().held
    if held:
        said = ", ".join(f"{number} of {source}" for source, number in sorted(held.items()))
        return _wrong(f"removals that wait for a person: {said}", "`chargefeed held list`, then `release` or `discard`")
    return True, "nothing waits for a person"


def _retention(site: Site) -> Answer:
    found, now = kept(site.engine, site.settings, site.files.manifest(), site.clock), site.clock.now()
    ages = (("changes", found.changes_from), ("statuses", found.statuses_from))
    said = "; ".join(f"{what} from {ago(since, now)} on" for what, since in ages if since is not None) or "nothing yet"
    if found.holding:
        remedy = "They are kept until it has them (`retention.behind`): its own row tells what ails it"
        return _wrong(f"{said}; changes are kept for longer for {', '.join(found.holding)}", remedy)
    archived = not missing()
    keep = site.settings.retention.statuses if archived else site.settings.history.keep_status
    if found.statuses_from is not None and now - found.statuses_from > keep * 1000 + LATE_STATUSES:
        remedy = "The worker's log tells why days are not written, by `history` or `job failed`: they are kept until they are"
        return _wrong(f"{said}; statuses are kept for longer", remedy)
    return True, said


def _source(site: Site, name: str) -> Answer:
    figures, now = site.figures(), site.clock.now()
    errors = {state.kind.value: state.error for state in figures.sources if state.source == name and state.error}
    lines = [line for line in freshness(site, figures, now) if line.name == name]
    said = []
    for line in lines:
        when = ago(line.at, now) if line.at is not None else ""
        said.append(" ".join(filter(None, (line.kind, when, line.wrong and f"({line.wrong})", errors.get(line.kind)))))
    if any(line.state != "fresh" for line in lines):
        return _wrong("; ".join(said), f"`chargefeed check --source {name}` tries it step by step")
    return True, "; ".join(said)


def _destination(site: Site, name: str) -> Answer:
    with reading(site.engine) as connection:
        found = [each for each in read_standings(connection) if each.state.destination == name]
    if not found:
        return _wrong(
            "nothing was ever sent there", "A worker begins within seconds: does one run with these settings?"
        )
    (standing,) = found
    now = site.clock.now()
    waiting = 0 if standing.waiting_since is None else now - standing.waiting_since
    said = _told(standing, now)
    if standing.state.word != "ok" or standing.refused or waiting > DELIVERED_WITHIN:
        word = "refused" if standing.state.word == "ok" and standing.refused else standing.state.word
        return _wrong(said, REMEDIES[word].format(name=name))
    return True, said


def _told(standing: Standing, now: Millis) -> str:
    state = standing.state
    parts = [
        state.word,
        f"{standing.due} due" if standing.due else "",
        f"{standing.refused} objects refused" if standing.refused else "",
        f"last success {ago(state.succeeded_at, now)}" if state.succeeded_at else "nothing arrived yet",
        f"{state.failures} failures in a row: {state.error}" if state.failures else "",
    ]
    return ", ".join(filter(None, parts))
