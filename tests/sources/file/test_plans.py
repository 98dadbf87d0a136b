"""Price plans as files: each stands for its tariffs, a defective one for those it gave before."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from app.errors import SourceError
from app.model.batch import Kind, TariffRecord
from app.model.problem import Problem, Severity
from app.settings import shipped
from app.sources.file import FileSource
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.plan.reading import read_plan
from tests.sources.conftest import DATA
from tests.sources.pulled import Pulled, pull

PLANS = shipped("config") / "plans"
REFUSED = DATA / "plans" / "refused"
CITY = ["city-peak-adhoc", "city-peak-contract", "city-peak-gold"]
CITY += [f"{id}-270701" for id in CITY]
FAST = ["fast-afir-adhoc", "fast-afir-contract", "fast-afir-fleet"]

MakeSource = Callable[..., FileSource]


def keys(party: str, *ids: str) -> set[str]:
    return {f"{party}/{id}" for id in ids}


def tariffs(source: FileSource, last: Pulled | None = None) -> Pulled:
    return pull(source, Kind.TARIFFS, last.last.cursor if last else None)


def noted(pulled: Pulled) -> list[Problem]:
    return [problem for batch in pulled.batches for record in batch.records for problem in batch.parse(record).problems]


def problems(pulled: Pulled) -> list[Problem]:
    return list(pulled.last.problems)


def edit(file: Path, old: str, new: str) -> None:
    """Another content, however young the file is."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two plans and a list of OCPI tariffs."""
    folder = tmp_path / "plans"
    folder.mkdir()
    for name in ("fast-afir.yaml", "peak-holidays.yaml"):
        shutil.copyfile(PLANS / name, folder / name)
    shutil.copyfile(DATA / "ocpi" / "2.3.0" / "tariffs.json", folder / "tariffs.json")
    return folder


def test_a_plan_is_all_of_its_tariffs(files: MakeSource) -> None:
    file = PLANS / "peak-holidays.yaml"
    pulled = tariffs(files(tariffs=file, version="2.2.1"))
    assert pulled.ids == CITY
    records = [pulled.batches[0].parse(raw).record for raw in pulled.records]
    assert [record.body for record in records if isinstance(record, TariffRecord)] == [
        one.tariff for one in flatten(read_plan(file))
    ]
    assert pulled.last.complete


def test_what_ocpi_cannot_say_of_a_plan_is_noted_with_the_tariff(files: MakeSource) -> None:
    found = noted(tariffs(files(tariffs=[PLANS / "idle-grace.yaml", PLANS / "fast-afir.yaml"])))
    assert {problem.severity for problem in found} == {Severity.NOTE}
    assert [(problem.where, problem.record, problem.path) for problem in found] == [
        ("idle-grace.yaml", "GB*ABC/idle-grace-adhoc", "elements[].price_components"),
        ("idle-grace.yaml", "GB*ABC/idle-grace-adhoc", "elements[].price_components"),
        ("fast-afir.yaml", "FR*ABC/fast-afir-fleet", "type"),
    ]
    assert str(found[0]) == (
        "idle-grace.yaml GB*ABC/idle-grace-adhoc elements[].price_components: OCPI cannot start a fee 10 min after "
        "charging ends: published without grace (ocpi#543) (value 10); `chargefeed tariff flatten` shows by how much "
        "prices differ"
    )


def test_a_plan_may_stand_among_the_tariffs_of_a_json_file(files: MakeSource, tmp_path: Path) -> None:
    plan = {"plan": "flat", "party": "DE*TST", "currency": "EUR", "time_zone": "Europe/Berlin"}
    plan |= {"taxes": {"vat": 19}, "everyone": {"energy": 0.59}}
    file = tmp_path / "tariffs.json"
    tariff = orjson.loads((DATA / "ocpi" / "2.2.1" / "tariffs.json").read_bytes())
    tariff = tariff["data"][0] if isinstance(tariff, dict) else tariff[0]
    file.write_bytes(orjson.dumps([tariff, plan, {**plan, "plan": "dear", "everyone": {"energy": "0,59"}}]))
    pulled = tariffs(files(tariffs=file))
    assert pulled.ids == [tariff["id"], "flat"]
    assert not noted(pulled)
    (defect,) = problems(pulled)
    assert (defect.where, defect.record, defect.path) == ("tariffs.json item 2", "DE*TST/dear", "everyone.energy")


def test_a_folder_is_all_files_in_it(files: MakeSource, folder: Path) -> None:
    for name in (".fast-afir.yaml.swp", ".draft.yaml", "notes.txt", "fast-afir.yaml~"):
        (folder / name).write_text("no plan")
    pulled = tariffs(files(tariffs=folder))
    assert pulled.ids == [*FAST, *CITY, "AC", "DC"]
    assert not pulled.problems
    assert pulled.last.complete


def test_a_file_that_comes_changes_or_goes_is_noticed(files: MakeSource, folder: Path) -> None:
    source = files(tariffs=folder)
    first = tariffs(source)
    assert tariffs(source, first).records == []
    shutil.copyfile(PLANS / "free.yaml", folder / "free.YML")
    second = tariffs(source, first)
    assert set(second.ids) - set(first.ids) == {"free"}
    edit(folder / "free.YML", "energy: 0", "energy: 0.10")
    third = tariffs(source, second)
    (free,) = (raw.body for raw in third.records if raw.body["id"] == "free")
    assert free["plan"]["prices"] == {"energy": "0.10"}
    (folder / "free.YML").unlink()
    last = tariffs(source, third)
    assert last.ids == first.ids
    assert last.last.complete
    assert tariffs(source, last).records == []


@pytest.mark.parametrize("path", sorted(REFUSED.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_defect_has_file_line_and_field(files: MakeSource, path: Path) -> None:
    line, _, what = path.read_text().partition("\n")[0].removeprefix("# ").partition(": ")
    pulled = tariffs(files(tariffs=path))
    assert pulled.records == []
    (problem,) = problems(pulled)
    assert problem.severity is Severity.REFUSED
    assert problem.where == f"{path.name}:{line}"
    assert what in f"`{problem.path}`: {problem.what}. {problem.remedy}"


def test_every_defect_is_named_and_the_other_files_are_read(files: MakeSource, folder: Path) -> None:
    source = files(tariffs=folder)
    first = tariffs(source)
    edit(folder / "fast-afir.yaml", "energy: 0.59", "energy: -0.59")
    edit(folder / "fast-afir.yaml", "discount: 8%", "discount: 8%, of_all: yes")
    edit(folder / "peak-holidays.yaml", "session: 0.50", "session: 0.60")
    second = tariffs(source, first)
    assert [str(problem) for problem in problems(second)] == [
        "fast-afir.yaml:10 FR*ABC/fast-afir ad_hoc.energy: -0.59 is negative: write 0 or more; a reduction is a group's "
        "`discount`",
        "fast-afir.yaml:17 FR*ABC/fast-afir groups.fleet.of_all: unknown setting `groups.fleet.of_all`; Known here: "
        "discount, of",
    ]
    assert second.ids == [*CITY, "AC", "DC"]
    assert second.last.complete
    assert set(second.last.seen) == keys("fr*abc", *FAST)
    again = tariffs(source, second)
    assert again.records == []
    assert (set(again.last.seen), problems(again)) == (set(second.last.seen), problems(second))


def test_a_mended_plan_gives_its_tariffs_again(files: MakeSource, folder: Path) -> None:
    source = files(tariffs=folder)
    first = tariffs(source)
    edit(folder / "fast-afir.yaml", "energy: 0.59", "energy: -0.59")
    second = tariffs(source, first)
    edit(folder / "fast-afir.yaml", "energy: -0.59", "energy: 0.61")
    third = tariffs(source, second)
    assert third.ids == first.ids
    assert not third.problems
    assert not third.last.seen


def test_with_a_plan_that_was_never_right_nothing_counts_as_missing(files: MakeSource, folder: Path) -> None:
    (folder / "peak-holidays.yaml").write_text("plan: city-peak\nparty: [DE*ABC\n")
    pulled = tariffs(files(tariffs=folder))
    assert pulled.ids == [*FAST, "AC", "DC"]
    assert not pulled.last.complete
    assert pulled.last.cursor
    assert pulled.problems == [
        "peak-holidays.yaml:3: not YAML: expected ',' or ']', but got '<stream end>'; Check indentation and quotes"
    ]


def test_a_removed_file_stands_for_nothing_when_it_comes_back_defective(files: MakeSource, folder: Path) -> None:
    source = files(tariffs=folder)
    first = tariffs(source)
    (folder / "fast-afir.yaml").unlink()
    second = tariffs(source, first)
    (folder / "fast-afir.yaml").write_text("")
    third = tariffs(source, second)
    assert not third.last.seen
    assert not third.last.complete


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda file: file.write_bytes(b"plan: caf\xe9\n"), r"fast-afir\.yaml:1: not UTF-8 .*Save it as UTF-8"),
        (lambda file: file.write_bytes(b" " * 20_001), r"fast-afir\.yaml: is 20001 bytes large"),
        (lambda file: (file.unlink(), file.symlink_to("nowhere")), r"fast-afir\.yaml: cannot be read \(No such file"),
    ],
    ids=["latin", "large", "dangling"],
)
def test_a_file_that_cannot_be_read_keeps_its_tariffs_and_loses_no_other(
    files: MakeSource, folder: Path, spoil: Callable[[Path], object], what: str
) -> None:
    source = files(tariffs=folder, max_body=20_000)
    first = tariffs(source)
    spoil(folder / "fast-afir.yaml")
    (folder / "tariffs.json").unlink()
    second = tariffs(source, first)
    assert second.ids == CITY
    assert set(second.last.seen) == keys("fr*abc", *FAST)
    assert second.last.complete
    (problem,) = second.problems
    assert re.match(rf"{folder}/{what}", problem)


def test_a_json_file_that_breaks_off_is_one_problem_among_others(files: MakeSource, folder: Path) -> None:
    source = files(tariffs=[folder])
    first = tariffs(source)
    file = folder / "tariffs.json"
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    second = tariffs(source, first)
    assert set(second.last.seen) == keys("de*tst", "ac", "dc")
    (problem,) = problems(second)
    assert problem.what.startswith("not JSON")
    file.write_bytes(whole)
    assert tariffs(source, second).ids == first.ids


def test_a_file_alone_that_cannot_be_read_is_the_failure_of_the_pull(files: MakeSource, tmp_path: Path) -> None:
    for missing in ("plan.yaml", "plans"):
        with pytest.raises(SourceError, match=r"cannot be read \(No such file or directory\)"):
            tariffs(files(tariffs=tmp_path / missing))


def test_a_folder_that_is_gone_takes_no_tariffs_with_it(files: MakeSource, folder: Path) -> None:
    source = files(tariffs=[PLANS / "free.yaml", folder])
    first = tariffs(source)
    folder.rename(folder.with_name("elsewhere"))
    second = tariffs(source, first)
    assert not second.last.complete
    folder.with_name("elsewhere").rename(folder)
    assert tariffs(source, second).last.complete


def test_ids_that_two_files_give_are_the_first_ones_also_while_that_is_defective(
    files: MakeSource, tmp_path: Path
) -> None:
    for name, price in (("a.yaml", "0.50"), ("b.yaml", "0.60")):
        shutil.copyfile(PLANS / "free.yaml", tmp_path / name)
        edit(tmp_path / name, "energy: 0", f"energy: {price}")
    source = files(tariffs=tmp_path)
    first = tariffs(source)
    assert [raw.where for raw in first.records] == ["a.yaml"]
    assert first.problems == [
        "b.yaml de*abc/free id: comes twice in one crawl; the first counts (value free) [OCPI Tariff.id: unique per CPO "
        "platform, compared without case]; Give each object an id of its own in the backend"
    ]
    edit(tmp_path / "a.yaml", "0.50", "0,50")
    second = tariffs(source, first)
    assert second.records == []
    assert len(second.problems) == 2
