"""`chargefeed report` and `chargefeed profiles`, as a person or a script runs them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from app.cli import main
from app.clock import SystemClock
from app.compliance.evaluation import Evaluator
from app.compliance.judging import RuleBook
from app.registry.apply import Registry
from tests.registry.backend import Backend, connector, evse, location, tariff

CONFIG = """
operator: {name: Stadtwerke}
database: sqlite:///feed.db
sources: [{name: abc, type: demo}]
"""
Answer = tuple[int, str, str]


@pytest.fixture
def chargefeed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., Answer]:
    """(exit code, output, errors)"""
    monkeypatch.setenv("CHARGEFEED_CONFIG", str(tmp_path / "config.yaml"))
    (tmp_path / "config.yaml").write_text(CONFIG)

    def command(*arguments: str | Path) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsysbinary.readouterr()
        return int(ended.value.code or 0), said.out.decode(), said.err.decode()

    return command


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    clock = SystemClock()
    backend = Backend(Registry.open(f"sqlite:///{tmp_path}/feed.db", clock=clock), clock)
    backend.tariffs(tariff("T1"))
    backend.locations(
        location("L1", evse("E1", connector(tariff_ids=["T1"]))),
        location("L2", evse("E2", connector()), country="FRA"),
    )
    return backend


def lines(output: str, kind: str) -> list[list[str]]:
    return [line.split("\t")[1:] for line in output.splitlines() if line.split("\t")[0] == kind]


def test_gaps_are_exit_1_and_every_line_says_what_it_is_about(
    chargefeed: Callable[..., Answer], backend: Backend
) -> None:
    code, out, err = chargefeed("report", "afir")
    assert (code, err) == (1, "")
    assert [row[:2] for row in lines(out, "operator")] == [["DE*ABC", "DE"], ["DE*ABC", "FR"]]
    elements = {(row[1], row[2]): row for row in lines(out, "element")}
    assert elements["DE", "afir-f3"][6:] == ["1", "0", "0", "0", "1", "0", "0", "100 %"]
    assert elements["FR", "afir-f3"][6:] == ["0", "1", "0", "0", "0", "0", "0", "0 %"]
    assert ("FR", "fr-siting") in elements
    remedies = {row[0]: row[1:] for row in lines(out, "remedy")}
    assert remedies["fill `help_phone` in the overlay, by party"] == ["afir-a5", "2", "2"]
    assert {row[0] for row in lines(out, "location")} == {"DE*ABC/L1", "DE*ABC/L2"}
    assert out.splitlines()[-1].endswith("0 of 2 locations without a gap")


def test_one_country_or_party_alone(chargefeed: Callable[..., Answer], backend: Backend) -> None:
    _, out, _ = chargefeed("report", "afir", "--country", "fr")
    assert [row[1] for row in lines(out, "operator")] == ["FR"]
    code, out, err = chargefeed("report", "afir", "--party", "NL*XYZ")
    assert (code, out) == (2, "")
    assert "--party: no public location of NL*XYZ. There are DE*ABC" in err


def test_json_and_html_on_standard_output(chargefeed: Callable[..., Answer], backend: Backend) -> None:
    code, out, _ = chargefeed("report", "afir", "--format", "json")
    assert code == 1
    assert [one["id"] for one in json.loads(out)["locations"]] == ["L1", "L2"]
    _, out, _ = chargefeed("report", "afir", "--format", "html")
    assert out.startswith("<!doctype html>")
    assert "Stadtwerke" in out


def test_a_folder_gets_both_files_whole(chargefeed: Callable[..., Answer], backend: Backend, tmp_path: Path) -> None:
    chargefeed("report", "afir", "--out", tmp_path / "evidence")
    assert sorted(path.name for path in (tmp_path / "evidence").iterdir()) == ["afir.html", "afir.json"]
    chargefeed("report", "afir", "--out", tmp_path / "page", "--format", "html")
    assert [path.name for path in (tmp_path / "page").iterdir()] == ["afir.html"]


def test_one_regime_in_every_form(chargefeed: Callable[..., Answer], backend: Backend, tmp_path: Path) -> None:
    backend.locations(location("L3", evse("E3"), country="GBR"))
    for form in ("json", "csv", "xlsx", "html"):
        assert chargefeed("report", "uk", "--format", form, "--out", tmp_path)[0] == 1
    told = json.loads((tmp_path / "uk.json").read_text())
    assert (told["report"], told["regime"]["of"]) == ("uk", "Public Charge Point Regulations 2023 (SI 2023/1168)")
    price = told["rules"]["uk-price"]
    assert price["means"] == "Drivers know the price of a kWh in pence, and what else is charged."
    assert (price["missing"], price["remedy"][:16]) == (1, "the price source")
    assert price["examples"][0]["key"] == "DE*ABC/L3"
    with (tmp_path / "uk.csv").open() as file:
        rows = {row["rule"]: row for row in csv.DictReader(file)}
    assert rows.keys() == told["rules"].keys()
    assert rows["uk-price"]["examples"].startswith("DE*ABC/L3 (stations[L3]): ")
    book = openpyxl.load_workbook(tmp_path / "uk.xlsx")
    assert book.sheetnames == ["rules", "findings", "trend", "quality"]
    assert book["rules"].max_row == len(rows) + 1
    page = (tmp_path / "uk.html").read_text()
    assert "https://www.legislation.gov.uk/uksi/2023/1168/regulation/10" in page
    assert "There are no daily figures yet" in page


def test_one_location_alone(chargefeed: Callable[..., Answer], backend: Backend) -> None:
    _, out, _ = chargefeed("report", "afir", "--location", "de*abc/l2")
    assert [row[3] for row in lines(out, "operator")] == ["1"]
    assert {row[0] for row in lines(out, "location")} == {"DE*ABC/L2"}
    other = Backend(backend.registry, backend.clock, "other")
    other.locations(location("L2", evse("E9", evse_id="DE*XYZ*E9"), party_id="XYZ"))
    _, _, err = chargefeed("report", "afir", "--location", "L2")
    assert "several locations are called 'L2'. Write one of DE*ABC/L2, DE*XYZ/L2" in err


def test_the_trend_is_what_the_worker_evaluated_and_findings_have_a_life(
    chargefeed: Callable[..., Answer], backend: Backend
) -> None:
    assert "nothing has been evaluated yet" in chargefeed("report", "findings")[2]
    evaluator = Evaluator(backend.registry.engine, RuleBook([], ["afir"]), backend.clock)
    evaluator.step()
    _, out, _ = chargefeed("report", "afir")
    ((_, present, missing, *_),) = lines(out, "trend")
    assert int(present) > 0
    assert int(missing) > 0
    assert {row[0] for row in lines(out, "quality")} >= {"completeness", "correctness", "consistency", "reliability"}
    code, out, _ = chargefeed("report", "findings", "--open")
    rows = {(row[2], row[1]): row for row in (line.split("\t") for line in out.splitlines())}
    assert code == 0
    price = rows["DE*ABC/L2/stations[L2]", "afir-f3"]
    assert (price[0], price[5], price[6]) == ("open", "", "Ad hoc price: 1 of 1 connectors have none")
    backend.locations(
        location("L1", evse("E1", connector(tariff_ids=["T1"]))),
        location("L2", evse("E2", connector(tariff_ids=["T1"])), country="FRA"),
    )
    evaluator.step()
    _, out, _ = chargefeed("report", "findings", "--fixed", "--since", "2026-01-01")
    assert [line.split("\t")[:2] for line in out.splitlines()] == [["fixed", "afir-f3"]]


@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_the_catalogue_is_written_out(chargefeed: Callable[..., Answer], form: str) -> None:
    code, out, _ = chargefeed("report", "rules", "--format", form)
    assert code == 0
    assert "A driver with a problem knows whom to call." in out
    assert {"md": "# What", "html": "<!doc", "json": "{"}[form] == out[: {"md": 6, "html": 5, "json": 1}[form]]


def test_a_template_is_written_beside_the_report(
    chargefeed: Callable[..., Answer], backend: Backend, tmp_path: Path
) -> None:
    path = tmp_path / "facts.csv"
    code, out, err = chargefeed("report", "afir", "--overlay-template", path)
    assert code == 1
    assert lines(out, "remedy")
    assert (
        err
        == f"chargefeed: {path}: {sum(1 for row in path.read_text().splitlines() if row[0] != '#') - 1} rows to fill in\n"
    )
    code, _, err = chargefeed("report", "afir", "--overlay-template", tmp_path / "facts.pdf")
    assert code == 2
    assert "End its name in .csv or .xlsx" in err


def test_the_profiles_that_hold_are_set(chargefeed: Callable[..., Answer], backend: Backend, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG + "profiles: [de]\n")
    _, out, _ = chargefeed("report", "afir")
    regimes = {row[2].split("-")[0] for row in lines(out, "element")}
    assert regimes == {"afir", "de"}
    (tmp_path / "config.yaml").write_text(CONFIG + "profiles: [de, zz]\n")
    code, _, err = chargefeed("report", "afir")
    assert code == 2
    assert "no profile 'zz'. There are at, be" in err


def test_latency_of_a_day_and_a_profile(chargefeed: Callable[..., Answer], backend: Backend) -> None:
    backend.statuses(("E1", "CHARGING", backend.clock.now() - 600_000))
    code, out, _ = chargefeed("report", "latency")
    assert code == 1
    assert [row[1:5] for row in lines(out, "day")] == [["status", "abc", "1", f"{limit} s"] for limit in (15, 30, 60)]
    assert lines(out, "slowest")[0][1] == "de*abc/l1/E1"
    assert out.splitlines()[-1] == "1 changes, measured to their commit: something was late"
    code, out, _ = chargefeed("report", "latency", "--profile", "gb")
    assert (code, lines(out, "day")) == (0, [])
    code, out, _ = chargefeed("report", "latency", "--profile", "de", "--format", "json")
    assert json.loads(out)["days"][0]["limits"] == [{"within_s": 60, "certain": 0, "possible": 0, "late": 1}]
    assert chargefeed("report", "latency", "--day", "2020-01-01")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["report", "latency", "--day", "yesterday"], "--day: 'yesterday' is no day. Write it as 2026-01-31"),
        (["report", "latency", "--profile", "zz"], "no profile 'zz'"),
        (["report", "afir", "--country", "Atlantis"], "--country: 'Atlantis' is no country. Name it as DE or DEU"),
        (["report", "latency", "--format", "html"], "there is no page of it"),
        (["report", "atlantis"], "no report 'atlantis'. There are "),
        (["report", "afir", "--location", "L9"], "--location: no public location 'L9'. Write its id"),
        (["report", "uk", "--country", "PRT"], "--country: no public location of PRT. Have the sources pulled first"),
        (["profiles", "zz"], "no profile 'zz'"),
    ],
)
def test_an_error_says_what_to_do(chargefeed: Callable[..., Answer], arguments: list[str], says: str) -> None:
    code, out, err = chargefeed(*arguments)
    assert (code, out) == (2, "")
    assert says in err


def test_profiles_are_listed_and_one_is_shown(chargefeed: Callable[..., Answer]) -> None:
    code, out, _ = chargefeed("profiles")
    rows = {row.split("\t")[0]: row.split("\t") for row in out.splitlines()}
    assert code == 0
    assert rows["de"][4] == "push (mobilithek)"
    assert rows["gb"][5] == "30 s"
    _, out, _ = chargefeed("profiles", "NL")
    shown = [line.split("\t") for line in out.splitlines()]
    assert ["prices", "net"] in shown
    assert any(name == "asks for" and text.startswith("nl-own-party") for name, text in shown)
    assert any(name == "step 1" for name, _ in shown)
