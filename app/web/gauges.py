"""The feed in figures for `/metrics`, as the database has it: the same from every process."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from app.clock import Millis, parse_time
from app.delivery.states import Standing, read_standings
from app.errors import LedgerError, StoreError
from app.ledger.standing import read_standing
from app.registry.database import reading
from app.registry.evaluation import reading as evaluations
from app.registry.figures import Figures
from app.registry.leases import WORKER, Leases
from app.registry.projection import Head
from app.retention import kept
from app.roaming.partners import registered_names
from app.web.site import Site

log = structlog.get_logger()


def figures(site: Site) -> Iterable[Metric]:
    found = site.figures()
    return [
        *_head(site.feed.index().head),
        *_kept(site),
        *_published(found),
        *_snapshots(site),
        *_workers(site),
        *_sources(found, site.clock.now()),
        *_destinations(site),
        *_ledger(site),
        *_compliance(site),
    ]


def _head(head: Head) -> list[Metric]:
    return [
        GaugeMetricFamily("chargefeed_feed_sequence", "Sequence of the last change", value=head.seq),
        GaugeMetricFamily(
            "chargefeed_feed_oldest_sequence", "First sequence that /open/changes gives", value=head.oldest
        ),
        GaugeMetricFamily(
            "chargefeed_feed_published_timestamp_seconds",
            "When the last change was published",
            value=head.published_at / 1000,
        ),
    ]


def _kept(site: Site) -> list[Metric]:
    """Nothing where the store cannot be read."""
    try:
        found = kept(site.engine, site.settings, site.files.manifest(), site.clock)
    except StoreError as error:
        log.warning("snapshots cannot be read for metrics", error=str(error))
        return []
    now = site.clock.now()
    ages = GaugeMetricFamily(
        "chargefeed_kept_seconds", "Age of the oldest that the database keeps whole", labels=("what",)
    )
    for what, since in (("changes", found.changes_from), ("statuses", found.statuses_from)):
        ages.add_metric((what,), 0 if since is None else max(0, now - since) / 1000)
    holding = GaugeMetricFamily(
        "chargefeed_retention_held", "1 for whom changes are kept beyond `retention.changes`", labels=("by",)
    )
    for by in found.holding:
        holding.add_metric((by,), 1)
    return [ages, holding]


def _published(found: Figures) -> list[Metric]:
    evses = GaugeMetricFamily("chargefeed_evses", "Public EVSEs", labels=("country", "status"))
    for (country, status), number in sorted(found.evses.items()):
        evses.add_metric((country, status), number)
    locations = GaugeMetricFamily("chargefeed_locations", "Public locations", labels=("country",))
    for country, number in sorted(found.locations.items()):
        locations.add_metric((country,), number)
    held = GaugeMetricFamily("chargefeed_held", "Removals that wait for a person", labels=("source",))
    for source, number in sorted(found.held.items()):
        held.add_metric((source,), number)
    return [evses, locations, GaugeMetricFamily("chargefeed_tariffs", "Public tariffs", value=found.tariffs), held]


def _snapshots(site: Site) -> list[Metric]:
    """Nothing where there are none, or the store cannot be read."""
    try:
        manifest = site.files.manifest()
    except StoreError as error:
        log.warning("snapshots cannot be read for metrics", error=str(error))
        return []
    sequence = GaugeMetricFamily("chargefeed_snapshot_sequence", "Sequence that the snapshots stand at")
    generated = GaugeMetricFamily("chargefeed_snapshot_timestamp_seconds", "When the manifest was written")
    if manifest is not None:
        sequence.add_metric((), manifest.sequence)
        generated.add_metric((), parse_time(manifest.generated) / 1000)
    return [sequence, generated]


def _workers(site: Site) -> list[Metric]:
    workers = len(Leases(site.engine, "").held(WORKER))
    return [GaugeMetricFamily("chargefeed_workers", "Workers that hold a lease", value=workers)]


def _sources(found: Figures, now: Millis) -> list[Metric]:
    success = _gauge("success_timestamp_seconds", "When the last pull that worked ended; 0 if none ever did")
    age = _gauge("age_seconds", "Since the last pull that worked; none before the first")
    failures = _gauge("failures", "Pulls that failed in a row")
    records = _gauge("records", "Records of the last pull")
    problems = _gauge("problems", "Defects of the last pull that belong to no single record")
    stale = _gauge("stale", "1 while its statuses are unknown by age")
    for line in found.sources:
        labels = (line.source, line.kind)
        success.add_metric(labels, _seconds(line.succeeded_at))
        if line.succeeded_at is not None:
            age.add_metric(labels, max(0, now - line.succeeded_at) / 1000)
        failures.add_metric(labels, line.failures)
        records.add_metric(labels, line.records)
        problems.add_metric(labels, len(line.problems))
        stale.add_metric(labels, line.stale)
    lag = GaugeMetricFamily(
        "chargefeed_source_lag_seconds",
        "Median time from a status change at the charger to its receipt, of the last changes that tell it",
        labels=("source",),
    )
    for source, lag_ms in sorted(found.lags.items()):
        lag.add_metric((source,), lag_ms / 1000)
    return [success, age, failures, records, problems, stale, lag]


def _destinations(site: Site) -> list[Metric]:
    """Of those that are configured, and of partners who are registered."""
    names = {each.name for each in site.settings.destinations}
    partners = {each.name for each in site.settings.partners if each.push}
    texts = {
        "delivered_sequence": "Everything up to here is there, or was refused",
        "due": "Changes that are not there yet",
        "waiting_seconds": "Age of the oldest of them; 0 if there is none",
        "failures": "Failures in a row",
        "success_timestamp_seconds": "When something last arrived; 0 if nothing ever did",
        "refused": "Objects it does not take as they are",
        "paused": "1 while a person has stopped it",
    }
    gauges = {
        name: GaugeMetricFamily(f"chargefeed_destination_{name}", text, labels=("destination",))
        for name, text in texts.items()
    }
    if not names | partners:
        return list(gauges.values())
    with reading(site.engine) as connection:
        names |= partners & registered_names(connection)
        standings = [one for one in read_standings(connection) if one.state.destination in names]
    for standing in standings:
        for name, value in _of_destination(standing, site.clock.now()).items():
            gauges[name].add_metric((standing.state.destination,), value)
    return list(gauges.values())


def _of_destination(standing: Standing, now: Millis) -> dict[str, float]:
    state, since = standing.state, standing.waiting_since
    return {
        "delivered_sequence": standing.delivered,
        "due": standing.due,
        "waiting_seconds": max(0, now - since) / 1000 if since is not None else 0,
        "failures": state.failures,
        "success_timestamp_seconds": _seconds(state.succeeded_at),
        "refused": standing.refused,
        "paused": state.paused,
    }


def _ledger(site: Site) -> list[Metric]:
    """Nothing where the store cannot be read: the other figures are needed then."""
    try:
        standing = read_standing(site.engine, site.store)
    except (StoreError, LedgerError) as error:
        log.warning("ledger cannot be read for metrics", error=str(error))
        return []
    now, since = site.clock.now(), standing.waiting_since
    figures = {
        "entries": ("Entries of the published log", standing.entries),
        "sealed_timestamp_seconds": (
            "When the last of them was sealed; 0 if none ever was",
            _seconds(standing.sealed_at),
        ),
        "waiting_seconds": (
            "Age of the oldest publication that is not in it yet; 0 if there is none",
            max(0, now - since) / 1000 if since is not None else 0,
        ),
        "cosignatures": ("Witnesses that have signed its checkpoint", standing.cosignatures),
    }
    return [
        GaugeMetricFamily(f"chargefeed_ledger_{name}", text, value=value) for name, (text, value) in figures.items()
    ]


def _compliance(site: Site) -> list[Metric]:
    """As last evaluated; a dimension of which nothing was due has no figure."""
    with reading(site.engine) as connection:
        at = evaluations.standing(connection)
        measured, findings = evaluations.quality_now(connection), evaluations.open_findings(connection)
    quality = GaugeMetricFamily(
        "chargefeed_quality",
        "Quality of the feed by the dimensions of (EU) 2025/655, Art. 3(1), from 0 to 1",
        labels=("party", "country", "dimension"),
    )
    for row in measured:
        if row.due:
            quality.add_metric((row.party, row.country, row.dimension), row.good / row.due)
    opened = GaugeMetricFamily("chargefeed_findings", "Findings that are open", labels=("rule", "grade"))
    for rule, grade, number in findings:
        opened.add_metric((rule, grade), number)
    when = _seconds(at.at if at else None)
    text = "When the last whole evaluation began; 0 if none ever did"
    return [quality, opened, GaugeMetricFamily("chargefeed_evaluated_timestamp_seconds", text, value=when)]


def _gauge(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"chargefeed_source_{name}", text, labels=("source", "kind"))


def _seconds(at: Millis | None) -> float:
    return at / 1000 if at is not None else 0
