"""Files are read when they change, and only then."""

import os

import pytest
from pydantic import ValidationError

from app.clock import Clock
from app.errors import SourceAnswerError, SourceUnreachable
from app.model.batch import Kind
from app.sources.file import FileSettings
from app.sources.file.ocpi_json import version_of
from tests.sources.conftest import DATA
from tests.sources.pulled import pull

OCPI = DATA / "ocpi" / "2.2.1" / "locations.json"
STATUS = DATA / "file" / "status.json"


@pytest.fixture
def inventory(tmp_path):
    file = tmp_path / "locations.json"
    file.write_bytes(OCPI.read_bytes())
    return file


@pytest.fixture
def status(tmp_path):
    file = tmp_path / "status.json"
    file.write_bytes(STATUS.read_bytes())
    return file


def touch(file, clock: Clock) -> None:
    """Written anew with the same content, by the test's clock."""
    now = clock.now() * 1_000_000 - 10_000_000_000
    os.utime(file, ns=(now, now))


def test_an_untouched_inventory_is_confirmed_but_not_read(files, inventory):
    source = files(inventory=inventory)
    first = pull(source)
    assert len(first.records) == 7
    assert first.last.complete
    inventory_stat = inventory.stat()
    inventory.write_bytes(b"x" * inventory_stat.st_size)
    os.utime(inventory, ns=(inventory_stat.st_atime_ns, inventory_stat.st_mtime_ns))
    second = pull(source, cursor=first.last.cursor)
    assert second.records == []
    assert second.last.complete
    assert set(second.last.unchanged) == {f"de*tst/loc{number}" for number in range(1, 8)}


def test_the_same_content_written_again_is_not_read_again(files, inventory, clock):
    source = files(inventory=inventory)
    first = pull(source)
    clock.advance(seconds=600)
    touch(inventory, clock)
    second = pull(source, cursor=first.last.cursor)
    assert second.records == []
    assert second.last.received_at > first.last.received_at


def test_new_content_is_read(files, inventory, clock):
    source = files(inventory=inventory)
    first = pull(source)
    inventory.write_text(inventory.read_text().replace("Ladepark", "Parkplatz"))
    assert len(pull(source, cursor=first.last.cursor).records) == 7


def test_a_young_file_is_looked_at_again_though_its_time_stands_still(files, inventory, clock):
    """Some file systems keep time in steps of two seconds."""
    source = files(inventory=inventory)
    clock.set(inventory.stat().st_mtime_ns // 1_000_000 + 500)
    first = pull(source)
    before = inventory.stat()
    inventory.write_bytes(inventory.read_bytes().replace(b"LOC7", b"LOC8"))
    os.utime(inventory, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "LOC8" in pull(source, cursor=first.last.cursor).ids


def test_what_was_not_applied_is_handed_over_again(files, inventory):
    source = files(inventory=inventory)
    broken = source.fetch(Kind.LOCATIONS, None, full=True)
    next(broken)
    broken.close()
    assert len(pull(source).records) == 7


def test_without_its_cursor_everything_is_handed_over_again(files, inventory):
    source = files(inventory=inventory)
    pull(source)
    assert len(pull(source, cursor=None).records) == 7


def test_a_half_written_file_is_an_error_and_the_next_look_reads_it(files, inventory):
    source = files(inventory=inventory)
    first = pull(source)
    whole = inventory.read_bytes().replace(b"Ladepark", b"Parkplatz")
    inventory.write_bytes(whole[:-100])
    with pytest.raises(
        SourceAnswerError, match=r"source files, .*locations\.json: not JSON: .*half-written: write it beside"
    ):
        pull(source, cursor=first.last.cursor)
    inventory.write_bytes(whole)
    assert len(pull(source, cursor=first.last.cursor).records) == 7


def test_a_missing_file_says_so(files, tmp_path):
    with pytest.raises(
        SourceUnreachable, match=r"nowhere\.json: cannot be read \(No such file or directory\)\. Check path"
    ):
        pull(files(inventory=tmp_path / "nowhere.json"))


def test_a_file_that_is_too_large_is_not_read(files, inventory):
    with pytest.raises(
        SourceAnswerError, match=r"locations\.json: is \d+ bytes large, more than 1000\. Raise `max_body`"
    ):
        pull(files(inventory=inventory, max_body=1000))


def test_several_files_are_one_inventory_and_the_first_of_an_id_counts(files, inventory, tmp_path):
    other = tmp_path / "more.json"
    other.write_bytes((DATA / "ocpi" / "2.3.0" / "locations.json").read_bytes().replace(b"LOC2", b"LOC9"))
    source = files(inventory=[inventory, other])
    pulled = pull(source)
    assert pulled.ids == [*(f"LOC{number}" for number in range(1, 8)), "LOC9"]
    assert pulled.problems[0].startswith("more.json item 0 de*tst/loc1 id: comes twice in one crawl; the first counts")
    other.write_bytes(other.read_bytes().replace(b"LOC9", b"LOC8"))
    assert "LOC8" in pull(source, cursor=pulled.last.cursor).ids


def test_a_status_file_that_nobody_writes_is_no_news(files, status, clock):
    source = files(statuses=status)
    first = pull(source, Kind.STATUSES)
    assert len(first.records) == 3
    assert first.last.received_at == status.stat().st_mtime_ns // 1_000_000
    assert pull(source, Kind.STATUSES, first.last.cursor).batches == []
    clock.advance(seconds=30)
    touch(status, clock)
    again = pull(source, Kind.STATUSES, first.last.cursor)
    assert len(again.records) == 3, "written again: every status is confirmed"


def test_statuses_inside_an_old_inventory_are_not_confirmed(files, inventory, clock):
    source = files(inventory=inventory, ttl="15min")
    first = pull(source)
    clock.advance(seconds=1000)
    assert pull(source, cursor=first.last.cursor).batches == []
    without = files(inventory=inventory, roles=["inventory"])
    first = pull(without)
    again = pull(without, cursor=first.last.cursor)
    assert again.last.complete
    assert again.last.received_at == clock.now()


def test_tariffs(files):
    pulled = pull(files(tariffs=DATA / "ocpi" / "2.3.0" / "tariffs.json"), Kind.TARIFFS)
    assert pulled.ids == ["AC", "DC"]
    read = [pulled.batches[0].parse(raw) for raw in pulled.records]
    assert [parsed.problems for parsed in read] == [(), ()]


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
@pytest.mark.parametrize("kind", [Kind.LOCATIONS, Kind.TARIFFS])
def test_the_version_is_found_out_from_the_fields(files, version, kind):
    file = DATA / "ocpi" / version / f"{kind}.json"
    source = files(**{"inventory" if kind is Kind.LOCATIONS else "tariffs": file})
    pulled = pull(source, kind)
    assert {version_of(raw.body) for raw in pulled.records} == {version}
    assert [problem for raw in pulled.records for problem in pulled.batches[0].parse(raw).problems] == []


def test_what_there_is_to_ask_for_is_what_files_there_are(files, status):
    assert files(statuses=status).kinds == {Kind.STATUSES}
    assert {pull.kind for pull in files(statuses=status, inventory=OCPI).pulls()} == {Kind.STATUSES, Kind.LOCATIONS}


def test_settings():
    with pytest.raises(ValidationError, match="give `inventory`"):
        FileSettings(name="a")
    assert [name for name, field in FileSettings.model_fields.items() if not field.description] == []
