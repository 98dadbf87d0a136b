"""`chargefeed audit …`: prices with proof. Exit codes: 0 it holds, 1 something does not, 2 it could not be told."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.audit_sql import WHAT_THERE_IS, Form, open_history, write_answer
from app.clock import Millis, SystemClock, format_time, parse_time
from app.errors import ChargefeedError, LedgerError, ProofFailed
from app.settings import Settings, config_file, load
from app.terminal import BAD, OK, complain, say, table

if TYPE_CHECKING:
    from app.ledger.asking import Auditor
    from app.ledger.note import Verifier

EXIT_FALSE, EXIT_UNKNOWN = 1, 2
UNKNOWN = "cannot tell"

audit = typer.Typer(help="Prices that a regulator can verify.", no_args_is_help=True)

Config = Annotated[
    Path | None,
    typer.Option(
        help="The settings; else $CHARGEFEED_CONFIG, ./chargefeed.yaml, or the demo network.",
        show_default=False,
    ),
]
EvseId = Annotated[str, typer.Argument(help="As printed on the charger, with or without separators.")]
At = Annotated[str | None, typer.Option(help="2026-01-31T18:00:00+01:00; else now.", show_default=False)]
From = Annotated[str | None, typer.Option("--from", help="All prices from here on …", show_default=False)]
To = Annotated[str | None, typer.Option("--to", help="… and before.", show_default=False)]
Connector = Annotated[str | None, typer.Option(help="Its id; else all of the EVSE.", show_default=False)]
Keys = Annotated[
    list[str] | None, typer.Option("--key", help="The log's public key, from the operator.", show_default=False)
]


@audit.command()
def key(
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Add a new key; both sign until the old line is deleted.")
    ] = False,
    config: Config = None,
) -> None:
    """Makes the log's key where there is none, and shows the public keys: give them to whoever is to verify prices."""
    from app.ledger.keys import add_key, make_key, read_keys

    settings = load(config_file(config))
    path = settings.ledger.key
    if rotate:
        add_key(path)
    elif not path.exists():
        make_key(path, settings.ledger_origin())
    for one in read_keys(path):
        say(one.verifier.text)


@audit.command()
def price(
    evse_id: EvseId,
    at: At = None,
    connector: Connector = None,
    as_json: Annotated[bool, typer.Option("--json", help="All of it, with the evidence.")] = False,
    config: Config = None,
) -> None:
    """What a charger cost then, when that was published, and on which entries of the log it rests."""
    from app.ledger.asking import Asked

    moment = _time(at, "--at") or SystemClock().now()
    answer = _auditor(_settings(config)).price(Asked(evse_id, connector=connector), moment)
    if as_json:
        import orjson

        say(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
        return
    for one in answer["moments"]:
        table(("what", "said"), _lines(answer, one))


@audit.command()
def session(
    file: Annotated[Path, typer.Argument(help="CDRs or Sessions of any OCPI version as JSON, or receipts as CSV.")],
    bundle: Annotated[
        Path | None, typer.Option(help="A bundle, in place of the ledger here.", show_default=False)
    ] = None,
    keys: Keys = None,
    as_json: Annotated[bool, typer.Option("--json", help="All of it, with the evidence.")] = False,
    config: Config = None,
) -> None:
    """Whether sessions were billed at the price that was public when they started. Exit 1: one was not; 2: it cannot be told."""
    from app.audit_session import checked, from_bundle

    found = list(checked(file, from_bundle(bundle, _trusted(keys)) if bundle else _auditor(_settings(config)).price))
    if as_json:
        import orjson

        say(orjson.dumps([one.told() for one in found], option=orjson.OPT_INDENT_2).decode())
    else:
        table(("what", "said"), [line for one in found for line in one.lines()])
    if bundle and not keys:
        complain("note: the bundle's key came with it: compare it with the operator's (--key)")
    verdicts = {one.judgement.holds for one in found}
    if verdicts != {True}:
        raise typer.Exit(EXIT_FALSE if False in verdicts else EXIT_UNKNOWN)


@audit.command()
def export(
    evse_ids: Annotated[list[str], typer.Argument(help="As printed on the chargers.")],
    out: Annotated[Path, typer.Option(help="The zip file to write.")] = Path("audit.zip"),
    at: At = None,
    since: From = None,
    until: To = None,
    config: Config = None,
) -> None:
    """Writes a bundle that anyone can check without us: entries, proofs, checkpoint, key, a page and a table to read."""
    from app.ledger.asking import Asked
    from app.ledger.bundle import bundled, write_bundle
    from app.ledger.entries import Entry

    settings, now = _settings(config), SystemClock().now()
    auditor = _auditor(settings)
    begin, end = _time(since, "--from"), _time(until, "--to")
    answers: list[dict[str, Any]] = []
    for evse_id in evse_ids:
        if begin is not None or end is not None:
            answers.append(auditor.history(Asked(evse_id), begin or 0, end or now))
        else:
            answers.append(auditor.price(Asked(evse_id), _time(at, "--at") or now))
    used = {
        one["index"]: Entry(one["index"], one["entry"].encode())
        for each in answers
        for one in each["evidence"]["entries"]
    }
    bundle = bundled(answers, auditor.evidence(used.values()))
    origin = auditor.checkpoint()[1].origin
    write_bundle(out, bundle, {"operator": settings.operator.name, "origin": origin, "made": format_time(now)})
    say(f"{out}: {sum(len(each['moments']) for each in answers)} answers, {len(used)} entries")


@audit.command()
def verify(
    target: Annotated[str, typer.Argument(help="A bundle, or the log itself: its URL, or its folder.")],
    keys: Keys = None,
    log: Annotated[
        str | None, typer.Option(help="Of a bundle: also that the log at this URL continues it.", show_default=False)
    ] = None,
) -> None:
    """Checks it from scratch, and says what holds and what does not."""
    trusted = _trusted(keys)
    rows = _bundle(Path(target), trusted, log) if Path(target).is_file() else _log(target, trusted)
    table(("what", "result", "detail"), rows)
    if any(result == BAD for _, result, _ in rows):
        raise typer.Exit(EXIT_FALSE)


@audit.command()
def monitor(
    where: Annotated[str, typer.Argument(help="The log's URL: what stands before /checkpoint.")],
    keys: Keys = None,
    state: Annotated[Path, typer.Option(help="Where the last checkpoint is kept.")] = Path("monitor.checkpoint"),
    every: Annotated[float, typer.Option(help="Seconds between two looks.")] = 60,
    once: Annotated[bool, typer.Option("--once", help="Look once, and exit.")] = False,
) -> None:
    """Follows a log, and raises the alarm (exit 1) where it was changed, cut or split; the evidence is kept."""
    from app.audit_log import grown, keep_evidence, open_log, read_known, write_known

    trusted = _trusted(keys)
    if not trusted:
        raise typer.BadParameter("whose log is it? --key names the key that signs it", param_hint="--key")
    log = open_log(where)
    while True:
        try:
            note, checkpoint, entries = grown(log, trusted, read_known(state))
            write_known(state, note)
            say(f"{format_time(SystemClock().now())} {checkpoint.size} entries, {entries} new")
        except ProofFailed as error:
            complain(f"chargefeed: {error}")
            complain(f"chargefeed: kept as evidence: {state} and {keep_evidence(state, log)}")
            raise typer.Exit(EXIT_FALSE) from None
        except LedgerError as error:
            if once:
                raise
            complain(f"chargefeed: {error}")
        if once:
            return
        time.sleep(every)


@audit.command()
def sql(
    query: Annotated[str | None, typer.Argument(help="Else the tables and their columns.", show_default=False)] = None,
    store: Annotated[
        str | None,
        typer.Option(help="Folder or s3://bucket/prefix with `history/`; else of the settings.", show_default=False),
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How the answer is written.")] = Form.TABLE,
    config: Config = None,
) -> None:
    """Asks the history, `status` and `prices` of every closed day, in DuckDB's SQL. It can change nothing."""
    write_answer(open_history(store, lambda: _settings(config)), query or WHAT_THERE_IS, form)


Row = tuple[str, str, str]


def _bundle(path: Path, trusted: Sequence[Verifier], where: str | None) -> list[Row]:
    from app.audit_log import grown, open_log
    from app.ledger.bundle import read_bundle
    from app.ledger.checking import check_bundle

    try:
        bundle = read_bundle(path)
    except ProofFailed as error:
        return [("bundle", BAD, str(error))]
    verdict = check_bundle(bundle, trusted)
    words = {True: OK, False: BAD, None: UNKNOWN}
    rows = [(one.what, words[one.holds], one.words) for one in verdict.findings]
    if where is not None and verdict.checkpoint is not None:
        try:
            log = open_log(where)
            _, checkpoint, later = grown(log, trusted or log.keys(), verdict.checkpoint)
            rows.append(
                ("log", OK, f"{where} has {checkpoint.size} entries and continues the bundle's; {later} are later")
            )
        except ProofFailed as error:
            rows.append(("log", BAD, str(error)))
    return rows


def _log(where: str, trusted: Sequence[Verifier]) -> list[Row]:
    from app.audit_log import grown, open_log

    log = open_log(where)
    try:
        _, checkpoint, entries = grown(log, trusted or log.keys(), None)
    except ProofFailed as error:
        return [("log", BAD, str(error))]
    rows = [("log", OK, f"{entries} entries of {checkpoint.origin}, every one of them and every tile as signed")]
    if not trusted:
        rows.append(("signature", UNKNOWN, "the key came from the log itself: compare it with the operator's (--key)"))
    return rows


def _lines(answer: dict[str, Any], moment: dict[str, Any]) -> list[tuple[str, str]]:
    evse, published = answer["evse"], moment["published"]
    proofs = {one["index"]: "proof" in one for one in answer["evidence"]["entries"]}
    waiting = [str(index) for index in moment["rests_on"] if not proofs[index]]
    place = f"{evse.get('evse_id', evse['evse_uid'])}, connector {moment.get('connector_id', '-')}"
    lines = [("charger", place), ("at", moment["at"]), ("price", moment["words"])]
    lines += [("public since", published["published_at"]), ("in the log since", published["logged_at"])]
    if "in_time" in published:
        late = f"{published['delay_s']:g} s after it was due ({published['limit_s']} s are allowed)"
        ahead = f"{-published['delay_s']:g} s before it was due"
        lines.append(
            ("in time", f"{'yes' if published['in_time'] else 'no'}: {late if published['delay_s'] > 0 else ahead}")
        )
    else:
        lines.append(("in time", "not known: nobody said when the price was set"))
    lines.append(("entries", ", ".join(str(index) for index in moment["rests_on"])))
    if waiting:
        lines.append(("not public yet", f"{', '.join(waiting)}: within a minute"))
    return lines


def _settings(config: Path | None) -> Settings:
    return load(config_file(config))


def _auditor(settings: Settings) -> Auditor:
    from app.ledger.asking import Auditor
    from app.registry.database import migrate, open_engine

    engine = open_engine(settings.database)
    migrate(engine)
    return Auditor(engine, settings.store.open())


def _trusted(keys: Sequence[str] | None) -> list[Verifier]:
    from app.ledger.note import parse_verifier

    return [parse_verifier(text) for text in keys or ()]


def _time(text: str | None, option: str) -> Millis | None:
    try:
        return None if text is None else parse_time(text)
    except ValueError:
        remedy = "Write it as 2026-01-31T18:00:00+01:00; without an offset it is UTC"
        raise ChargefeedError(f"{text!r} is no time", where=option, remedy=remedy) from None
