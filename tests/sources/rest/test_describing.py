"""A backend of one's own, described: every way to page and to be let in, bad answers, bad records, and the way to the feed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.duties import open_registry
from app.errors import ConfigError, SourceAnswerError, SourceError, SourceRefused
from app.model.batch import Kind
from app.pulling import Line
from app.registry.leases import SOURCE, Leases
from app.settings import load
from app.sources.base import make_source, source_class
from app.sources.rest import RestSource
from app.sources.rest.description import Description
from app.sources.rest.statuses import read_time
from app.sources.rest.template import Filling, Value, scopes_in
from app.worker import ORDER
from tests import rest_backend as backends
from tests.registry.reading import body
from tests.sources.pulled import pull
from tests.sources.rest.conftest import OWN, describes
from tests.sources.rest.test_backends import read, statuses, told

LOCAL = "working: AVAILABLE"
PAGING: dict[str, tuple[Any, dict[str, Any]]] = {
    "page": (backends.monta, {"by": "page", "param": "page", "size_param": "perPage", "size": 2}),
    "offset": (backends.offset, {"by": "offset", "param": "offset"}),
    "cursor": (backends.chargecloud, {"by": "cursor", "param": "cursor", "next": "next"}),
    "url": (backends.ampeco, {"by": "url", "next": "links.next"}),
    "link": (backends.linked, {"by": "link"}),
    "none": (backends.whole, None),
}


def config(tmp_path: Path, description: str, **settings: str) -> Path:
    """A config with one source that describes its backend; `description` begins in line 7."""
    given = {"url": "http://127.0.0.1:1", "token": "s3cret", "country_code": "BE", "party_id": "OWN", **settings}
    lines = [
        "operator: {name: Own}",
        f"database: sqlite:///{tmp_path}/own.db",
        f"store: {{directory: {tmp_path}/public}}",
    ]
    lines += ["sources:", f"- {{type: rest, name: fleet, {', '.join(f'{k}: {v}' for k, v in given.items())},"]
    text = "\n".join(lines).removesuffix(",").replace("- {", "- ").replace(", ", "\n  ")
    path = tmp_path / "config.yaml"
    indented = "\n".join(f"    {line}" for line in description.splitlines())
    path.write_text(f"{text}\n  describes:\n{indented}\n")
    return path


def test_it_is_known_by_its_type():
    assert source_class("rest") is RestSource


def test_what_the_worker_pulls_is_public(serve, tmp_path):
    own = serve("own")
    settings = load(config(tmp_path, OWN.read_text(), url=own.base), {})
    registry = open_registry(settings)
    lease = Leases(registry.engine, "one").acquire(SOURCE + "fleet")
    fleet = make_source(settings.sources[0], registry.clock)
    lines = [Line(fleet, kind, registry, lease) for kind in ORDER if kind in fleet.kinds]

    def seen() -> dict[str, str]:
        evses = [evse for id in ("S1", "S2") for evse in body(registry, id, party="BE*OWN")["evses"]]
        return {evse["evse_id"]: evse["status"] for evse in evses}

    assert sum(line.pull(full=True)["changes"] for line in lines) > 0
    assert seen() == {"BE*OWN*E1": "AVAILABLE", "BE*OWN*E2": "CHARGING", "BE*OWN*E3": "UNKNOWN"}
    assert body(registry, "S1", party="BE*OWN")["evses"][0]["connectors"][0]["max_electric_power"] == 150000
    assert sum(line.pull(full=True)["changes"] for line in lines) == 0
    own.lists["outlets"][0]["state"] = "Faulted"
    lines[-1].pull(full=True)
    assert seen()["BE*OWN*E1"] == "OUTOFORDER"
    registry.engine.dispose()


@pytest.mark.parametrize("name", PAGING)
def test_every_way_of_paging_brings_all(serve, source, name):
    pages, paging = PAGING[name]
    own = serve("own", pages=pages)
    records = "not_null(result, data, items)" if name != "none" else "@"
    listing = {"path": "/outlets", "records": records, "fields": {"evse": "number", "status": "state"}}
    fleet = source(own, describes=describes(statuses=listing, paging=paging))
    pulled = pull(fleet, Kind.STATUSES)
    assert [row[0] for row in pulled.last.records] == ["BE*OWN*E1", "BE*OWN*E2", "BE*OWN*E3"]
    assert pulled.last.complete


@pytest.mark.parametrize(
    ("auth", "server"),
    [
        ({"scheme": "none"}, {"header": "", "secret": ""}),
        ({"scheme": "bearer"}, {"header": "Authorization", "secret": "Bearer s3cret"}),
        ({"scheme": "header", "name": "X-Key"}, {"header": "X-Key", "secret": "s3cret"}),
        ({"scheme": "query", "name": "api_key"}, {"header": "", "secret": "s3cret"}),
        ({"scheme": "oauth2", "path": "/token"}, {"header": "Authorization", "log_in": "/token", "secret": "-"}),
    ],
    ids=lambda value: value.get("scheme", ""),
)
def test_every_way_of_being_let_in(serve, source, auth, server):
    own = serve("own", **server)
    fleet = source(own, describes=describes(auth=auth), client_id="client", client_secret="s3cret")
    assert len(pull(fleet, Kind.STATUSES).records) == 3
    if auth["scheme"] == "oauth2":
        assert own.sent[0][1] == b"grant_type=client_credentials&client_id=client&client_secret=s3cret"
        assert own.tokens == 1
    own.secret = "another"
    own.log_in = ""
    with pytest.raises(SourceError) as refused:
        pull(fleet, Kind.STATUSES)
    assert "s3cret" not in str(refused.value)
    assert "s3cret" not in repr(fleet.settings)


@pytest.mark.parametrize(
    ("defect", "says"),
    [
        ("error-in-200", r"/outlets.*: tenant suspended\. It answers with HTTP 200 and an error"),
        ("cut-off", "not JSON: .*If it ends in the middle"),
        ("html", "answered with an HTML page instead of JSON"),
        ("busy-for-an-hour", "HTTP 429 .*It asks to wait 3600 s"),
    ],
)
def test_answers_that_are_none_end_the_pull(serve, source, defect, says):
    own = serve("own")
    own.misbehave(f"{defect}@offset=2")
    with pytest.raises(SourceAnswerError, match=says):
        pull(source(own), Kind.STATUSES)


def test_a_busy_backend_is_asked_again(serve, source):
    own = serve("own")
    own.misbehave("busy@outlets#1")
    assert len(pull(source(own), Kind.STATUSES).records) == 3


def test_credentials_do_not_follow_a_next_page_to_another_host(serve, source):
    ampeco = serve("ampeco")
    ampeco.misbehave("elsewhere@evses")
    with pytest.raises(SourceAnswerError, match=r"the next page is on another host: http://127\.0\.0\.2"):
        pull(source(ampeco), Kind.STATUSES)


def test_a_crawl_that_lacks_something_is_not_complete(serve, source):
    def too_many(backend, path, items, query):
        said, headers = backends.offset(backend, path, items, query)
        return {**said, "count": 9}, headers

    pulled = pull(source(serve("own", pages=too_many)), Kind.STATUSES)
    assert (len(pulled.records), pulled.last.complete) == (3, False)
    assert "3 of 9 records came: nothing counts as missing" in pulled.problems[0]


def test_a_list_that_changes_under_a_crawl_is_not_complete(serve, source):
    """What moves to an earlier page while pages are counted is on none of them."""

    def shrinking(backend, path, items, query):
        said, headers = backends.offset(backend, path, items, query)
        return {**said, "count": 4 if query["offset"] == "0" else 3}, headers

    pulled = pull(source(serve("own", pages=shrinking)), Kind.STATUSES)
    assert (len(pulled.records), pulled.last.complete) == (3, False)


def test_a_page_that_comes_again_is_an_error(serve, source):
    def always_the_first(backend, path, items, query):
        return {"result": items[:2]}, {}

    with pytest.raises(SourceAnswerError, match="endless paging: a page comes again"):
        pull(source(serve("own", pages=always_the_first)), Kind.STATUSES)


def test_one_bad_record_does_not_lose_the_others(serve, source):
    own = serve("own")
    own.lists["sites"] = ["no object", {"key": None, "label": "Nameless"}, {"key": "S9", "lat": 0}, *own.lists["sites"]]
    pulled = pull(source(own))
    assert list(read(pulled)) == ["S1", "S2"]
    assert not pulled.last.complete, "who the nameless are cannot be said"
    problems = told(pulled)
    assert any("sites?offset=0&limit=100 item 1" in problem and "has no id" in problem for problem in problems)
    assert any("BE*OWN/S9 address" in problem for problem in problems)


def test_a_field_that_cannot_be_filled_is_left_out_and_told(serve, source):
    fields = {**describes()["locations"]["fields"], "name": "join('', label)"}
    own = serve("own")
    pulled = pull(source(own, describes=describes(locations={**describes()["locations"], "fields": fields})))
    assert [record.body.get("name") for record in read(pulled).values()] == [None, None]
    problem = next(problem for problem in told(pulled) if " name: " in problem)
    assert "item 0 BE*OWN/S1 name: `join('', label)`: In function join()" in problem


def test_a_status_that_nobody_explained_is_told_and_unknown(serve, source):
    own = serve("own")
    pulled = pull(source(own), Kind.STATUSES)
    [problem] = [str(problem) for row in pulled.last.records for problem in pulled.last.parse(row).problems]
    assert (
        "outlets?limit=100&offset=2 item 0 BE*OWN*E3 status: no known status: read as UNKNOWN (value Dancing)"
        in problem
    )
    assert statuses(pull(source(own, status_map={"dancing": "BLOCKED"}), Kind.STATUSES))["BE*OWN*E3"] == "BLOCKED"
    assert pulled.last.parse(pulled.last.records[0]).record.occurred_at == 1_795_500_000_000


def test_records_that_agree_become_one_location(serve, source):
    listing = {
        "path": "/outlets",
        "group_by": "site",
        "fields": {"id": "site", "evses": {"each": "_group", "fields": {"uid": "number", "status": "state"}}},
    }
    own = serve("own")
    own.lists["outlets"] += [{"number": "A", "site": None}, {"number": "B"}]
    fleet = source(own, describes=describes(locations=listing, statuses=None))
    assert fleet.statuses_in_locations
    pulled = pull(fleet)
    uids = [(raw.body["id"], [evse["uid"] for evse in raw.body["evses"]]) for raw in pulled.records]
    assert uids == [("S1", ["BE*OWN*E1", "BE*OWN*E2"]), ("S2", ["BE*OWN*E3"])]
    assert len(pulled.problems) == 2, "what names no site belongs to none, nor to each other"
    assert pulled.records[1].body["evses"][0]["status"] == "UNKNOWN"


@pytest.mark.parametrize(
    ("line", "instead", "says"),
    [
        ("    name: label", "    name: label[", r":25: `describes\.locations\.fields\.name`: no JMESPath \("),
        ("    city: town", "    city: upper(town)", r":27: .*no function `upper` in JMESPath; known: abs, "),
        (
            "  path: /sites",
            "  pfad: /sites",
            r":20: `describes\.locations\.path` is missing",
        ),
        ("list: outlets, ", "list: plugs, ", r"no list is called `plugs`; there are: outlets"),
        (LOCAL, "working: READY", r":17: `describes\.status_map\.working`: input should be 'AVAILABLE'"),
        (
            "kw, times: 1000",
            "kw, times: x",
            r":44: `describes\.locations\.fields\.evses\.fields\..*max_electric_power\.times`",
        ),
    ],
)
def test_a_wrong_description_names_its_line(tmp_path, line, instead, says):
    assert line in OWN.read_text()
    path = config(tmp_path, OWN.read_text().replace(line, instead, 1))
    with pytest.raises(ConfigError, match=rf"config\.yaml.*{says}"):
        load(path, {})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"auth": {"scheme": "header"}}, "`name` is missing"),
        ({"auth": {"scheme": "query", "name": "k"}}, "messages would show it"),
        ({"auth": {"scheme": "oauth2"}}, "`path` is missing"),
        ({"paging": {"by": "page"}}, "`param` is missing"),
        ({"paging": {"by": "url"}}, "`next` is missing"),
        ({"locations": None, "statuses": None}, "give `locations`, `tariffs` or `statuses`"),
    ],
)
def test_half_a_description_is_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        Description.model_validate(describes(**changes))


def test_a_list_cannot_be_attached_to_itself():
    lists = {"outlets": {"path": "/o", "attach": {"more": {"list": "outlets", "match": "id", "to": "id"}}}}
    with pytest.raises(ValueError, match="`outlets` is attached to itself: outlets → outlets"):
        Description.model_validate(describes(lists=lists))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"backend": "monta", "describes": describes()}, "give `backend` or `describes`"),
        ({"backend": "mota"}, "no description of `mota`; known: ampeco, chargecloud, monta, ocpp-core"),
        ({"backend": "monta"}, "`client_id` and `client_secret` are missing"),
        ({"backend": "ampeco"}, "`token` is missing"),
        ({"backend": "ampeco", "token": "s3cret"}, "`url` is missing"),
    ],
)
def test_settings_say_what_a_backend_needs(settings, says):
    with pytest.raises(ValueError, match=says):
        RestSource.Settings.model_validate({"name": "fleet", **settings})


def test_values_change_on_the_way():
    def value(scope: dict[str, Any], **spec: Any) -> Any:
        return Value.model_validate({"value": "a", **spec}).find(scope)

    assert value({"a": 0.1}, times=60) == 6
    assert value({"a": 1, "b": 15}, times=60, over="b") == 4
    assert [value({"a": a}, times=60) for a in ("n/a", "inf", None, True)] == ["n/a", "inf", None, True]
    assert value({"a": "Type_2"}, table={"type2": "IEC_62196_T2"}) == "IEC_62196_T2"
    assert [value({"a": a}, clock="up") for a in ("19:59:59", "20:00:00", "23:59:59", "8")] == [
        "20:00",
        "20:00",
        "00:00",
        "8",
    ]
    assert value({"a": "08:00:59"}, clock="down") == "08:00"


def test_items_of_an_object_know_their_names_and_what_is_around_them():
    assert [dict(scope) for scope in scopes_in({"1": {"s": 2}, "2": 5}, {"id": "CP"})] == [
        {"s": 2, "_parent": {"id": "CP"}, "_key": "1"},
        {"value": 5, "_parent": {"id": "CP"}, "_key": "2"},
    ]
    assert Filling("").object({}, {}) == {}


def test_times_are_written_in_several_ways():
    at = 1_795_500_000_000
    ways = [("rfc3339", "2026-11-24T06:00:00Z"), ("utc", "2026-11-24 06:00:00"), ("utc", "2026-11-24T07:00:00+01:00")]
    assert [read_time(time, way) for way, time in [*ways, ("seconds", at / 1000), ("milliseconds", str(at))]] == [
        at
    ] * 5
    assert read_time("soon", "seconds") is None


def test_a_refused_token_is_bought_once_more_and_no_more(serve, source):
    own = serve("own", header="Authorization", log_in="/token", secret="-")
    auth = {"scheme": "oauth2", "path": "/token"}
    fleet = source(own, describes=describes(auth=auth), client_id="client", client_secret="s3cret")
    pull(fleet, Kind.STATUSES)
    own.header = "X-Other"
    before = len(own.requests)
    with pytest.raises(SourceRefused):
        pull(fleet, Kind.STATUSES)
    assert (own.tokens, len(own.requests) - before) == (2, 2)
