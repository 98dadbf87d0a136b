"""`/compliance`, as people and programs read it: from evaluations alone, for one part of the network too, and nothing hidden."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from flask.testing import FlaskClient

from app.compliance.evaluation import Evaluator
from app.compliance.uptime.evaluation import UptimeEvaluator
from app.compliance.uptime.sheet import read_sheet
from app.evaluating import rule_book
from app.registry.downtime import follow
from app.web.application import create_app
from tests.web.network import Network, make_network
from tests.web.test_front import Page

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """Evaluated once."""
    network = make_network(tmp_path_factory.mktemp("compliance"), locations=60)
    network.pull()
    evaluator = Evaluator(network.registry.engine, rule_book(network.settings), network.registry.clock)
    assert evaluator.step().finished is not None
    follow(network.registry.engine)
    uptime = UptimeEvaluator(network.registry.engine, rule_book(network.settings), network.registry.clock)
    while uptime.step():
        pass
    return network


@pytest.fixture(scope="module")
def client(network: Network) -> Iterator[FlaskClient]:
    with create_app(network.settings).test_client() as client:
        yield client


@pytest.fixture(scope="module")
def page(client: FlaskClient) -> Page:
    return Page(client.get("/compliance").text)


def test_each_regime_that_holds_anywhere_is_there_with_what_each_rule_means(page: Page) -> None:
    assert {"afir", "uk", "quality"} <= {tag.get("id") for tag in page.all("section")}
    assert "A driver with a problem knows whom to call." in page.text
    assert "help_phone  in the overlay, by party" in page.text
    links = {link.get("href") for link in page.all("a")}
    assert "https://eur-lex.europa.eu/eli/reg/2023/1804/oj#art_20" in links
    assert "/compliance/rules" in links


def test_it_works_without_scripts_and_every_input_has_a_label(page: Page) -> None:
    (form,) = page.all("form")
    assert (form["method"], form["action"]) == ("get", "/compliance")
    labelled = {label["for"] for label in page.all("label")}
    assert labelled == {one["id"] for tag in ("select", "input") for one in page.all(tag)}
    assert not any("style" in attributes for _, attributes in page.tags), (
        "a strict policy lets no style attribute through"
    )


def test_a_form_may_be_sent_where_it_came_from(client: FlaskClient) -> None:
    assert "form-action 'self'" in client.get("/compliance").headers["Content-Security-Policy"]


def test_json_says_the_same_as_the_page(client: FlaskClient) -> None:
    found = client.get("/compliance/afir.json").get_json()
    (afir,) = found["regimes"]
    assert (afir["regime"], afir["of"]) == ("afir", "Regulation (EU) 2023/1804")
    phone = next(rule for rule in afir["rules"] if rule["rule"] == "afir-a5")
    objects = [one["objects"] for one in phone["examples"]]
    assert objects == sorted(objects, reverse=True)
    assert 0 < sum(objects) <= phone["missing"]
    assert phone["trend"] == [phone["share"]]
    assert phone["examples"][0]["key"].startswith("NL*DEM/")
    assert {"completeness", "correctness", "consistency", "reliability"} <= set(found["quality"])
    assert all(share is None or 0 <= share <= 1 for share in found["quality"].values())


def test_uptime_stands_beside_the_data_in_the_words_of_its_rule_sheet(client: FlaskClient, page: Page) -> None:
    sheet = read_sheet("us_nevi")
    assert {"nevi-uptime", "uk-reliability"} <= {tag.get("id") for tag in page.all("tr")}
    assert sheet.means in page.text
    (nevi,) = client.get("/compliance/nevi.json").get_json()["regimes"]
    uptime = next(rule for rule in nevi["rules"] if rule["rule"] == "nevi-uptime")
    assert (uptime["law"], uptime["link"], uptime["level"]) == (sheet.article, sheet.link, "point")
    assert uptime["undecided"] > 0, "nothing was observed in the period that is over"
    assert uptime["present"] == uptime["missing"] == 0
    row = next(
        one for one in csv.DictReader(io.StringIO(client.get("/compliance.csv").text)) if one["rule"] == "nevi-uptime"
    )
    assert row["not_decided"] == str(uptime["undecided"])


def test_csv_has_a_row_per_rule(client: FlaskClient) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/compliance.csv").text)))
    assert {row["regime"] for row in rows} == {"afdc", "afir", "nevi", "uk"}
    assert all(row["means"] and row["link"] for row in rows if row["rule"].startswith(("afir-", "uk-")))


def test_an_operator_a_country_or_a_location_alone(client: FlaskClient) -> None:
    whole = client.get("/compliance.json").get_json()["regimes"]
    dutch = client.get("/compliance.json?country=NLD").get_json()["regimes"]
    assert [one["regime"] for one in dutch] == ["afir"]
    assert 0 < dutch[0]["present"] < whole[0]["present"]
    assert client.get("/compliance.json?party=nl-dem").get_json()["regimes"] == dutch
    key = next(rule for rule in dutch[0]["rules"] if rule["examples"])["examples"][0]["key"]
    one = client.get("/compliance.json", query_string={"location": key}).get_json()["regimes"]
    assert {example["key"] for rule in one[0]["rules"] for example in rule["examples"]} == {key}
    shown = Page(client.get("/compliance", query_string={"location": key}).text)
    assert any(tag.get("value") == key for tag in shown.all("input"))


def test_in_another_language_rules_and_findings_are_in_it_and_laws_are_cited_as_they_are(client: FlaskClient) -> None:
    for path in ("/compliance", "/compliance/rules"):
        text = client.get(path, headers={"Accept-Language": "fr"}).text
        assert '<html lang="fr">' in text
        assert '<th scope="row" class="text">Dénomination légale de l&#39;opérateur<span class="means">Les' in text
        assert "renseigner <code>help_phone</code> dans l&#39;overlay, par <code>party</code>" in text
        assert re.search(r'lang="en">(afir-a1 · )?<a href="[^"]*">Art\. 20\(2\)\(a\)\(i\)</a>', text)
        assert ">Règle</th>" in text
    assert "<span>non renseigné</span>" in client.get("/compliance?lang=fr").text
    assert re.search(r"\d,\d\N{NO-BREAK SPACE}%", client.get("/compliance?lang=fr").text)


@pytest.mark.parametrize(
    ("path", "code", "says"),
    [
        ("/compliance/atlantis", 404, "there are no rules called 'atlantis': there are afir, uk"),
        ("/compliance/atlantis.json", 404, "there are no rules called"),
        ("/compliance?party=DE*XYZ", 400, "`party` is 'DE*XYZ': there are DE*DEM, FR*DEM"),
        ("/compliance?country=ZZ", 400, "`country` is 'ZZ': there are DE, FR"),
        ("/compliance.csv?location=nowhere", 404, "no public location 'nowhere': write its id"),
        ("/compliance?party=" + "x" * 500, 400, "`party` is"),
    ],
)
def test_what_there_is_not_is_said_with_what_there_is(client: FlaskClient, path: str, code: int, says: str) -> None:
    answer = client.get(path)
    assert answer.status_code == code
    assert says in answer.get_json()["status_message"]
    page = client.get(path, headers=BROWSER)
    assert (page.status_code, page.mimetype) == (code, "text/html")


def test_the_catalogue_has_every_rule(client: FlaskClient) -> None:
    page = Page(client.get("/compliance/rules").text)
    ids = {tag.get("id") for tag in page.all("tr")}
    assert {"afir-a1", "afir-f3", "uk-price-text", "de-bnetza-operator"} <= ids


def test_metrics_tell_the_quality_and_what_is_open(client: FlaskClient) -> None:
    lines = client.get("/metrics").text.splitlines()
    quality = [line for line in lines if line.startswith("chargefeed_quality{")]
    assert any('dimension="completeness"' in line and 'party="NL*DEM"' in line for line in quality)
    assert all(0 <= float(line.rpartition(" ")[2]) <= 1 for line in quality)
    assert any(line.startswith('chargefeed_findings{grade="breach",rule="afir-a5"}') for line in lines)
    (at,) = [line for line in lines if line.startswith("chargefeed_evaluated_timestamp_seconds ")]
    assert float(at.split()[1]) > 0


def test_before_anything_is_evaluated_the_page_says_so(tmp_path: Path) -> None:
    client = create_app(make_network(tmp_path, locations=1).settings).test_client()
    assert "Nothing has been evaluated yet" in client.get("/compliance").text
    assert client.get("/compliance.json").get_json() == {"quality": {}, "quality_trend": [], "regimes": []}


@pytest.mark.slow
@pytest.mark.bench
def test_the_page_of_fifty_thousand_locations(network: Network, tmp_path: Path) -> None:
    """200,000 EVSEs of 40 operators, a month of figures, five findings at each location."""
    target = tmp_path / "feed.db"
    with sqlite3.connect(str(network.registry.engine.url.database)) as source, sqlite3.connect(target) as copy:
        source.backup(copy)
        multiply(copy, 50_000, 40, 30)
    settings = network.settings.model_copy(update={"database": f"sqlite:///{target}"})
    client = create_app(settings).test_client()
    for path in (
        "/compliance",
        "/compliance/afir",
        "/compliance?party=NL*DEM",
        "/compliance?country=NL",
        "/compliance.json",
    ):
        began = time.process_time()
        answer = client.get(path)
        taken = time.process_time() - began
        assert answer.status_code == 200
        print(f"{path}: {taken * 1000:.0f} ms, {len(answer.data)} bytes")  # noqa: T201


def test_a_process_has_read_the_rules_before_it_is_asked(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    client = create_app(network.settings).test_client()
    monkeypatch.setattr(yaml, "compose", None)
    assert client.get("/compliance").status_code == 200


def multiply(copy: sqlite3.Connection, locations: int, parties: int, days: int) -> None:
    """The evaluated network many times over, each time of another operator, and its figures on many days."""
    number = copy.execute("SELECT count(*) FROM evaluated").fetchone()[0]
    copy.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO location SELECT ordinal + i * 1000, key || i, country_code, party_id, id || i, country, time_zone, source, "
        "public, version, last_updated, boundary_at, static_version, static_at FROM location, n",
        (locations // number,),
    )
    copy.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO finding (rule, location, key, party, country, grade, objects, weight, places, what, remedy, first_seen, "
        "last_seen) "
        "SELECT rule, location + i * 1000, key || i, party, country, grade, objects + i % 3, weight + i % 3, places, what, "
        "remedy, first_seen, last_seen FROM finding, n",
        (5 * locations // copy.execute("SELECT count(*) FROM finding").fetchone()[0],),
    )
    for table, figures in (
        ("rule_day", "rule, present, missing, implausible, undecided"),
        ("quality_day", "dimension, good, due"),
    ):
        copy.execute(
            "WITH RECURSIVE d(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i < ?), "
            "p(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM p WHERE j < ?) "
            f"INSERT OR IGNORE INTO {table} "
            f"SELECT day - i * 86400000, 'XX*' || printf('%03d', j), country, {figures} FROM {table}, d, p",
            (days - 1, parties),
        )
    copy.execute("ANALYZE")
