"""Frames in a file per day, for so many days, and what is known up to a place in them."""

from __future__ import annotations

from pathlib import Path

from app.clock import Millis, parse_time
from app.sources.ocpp.journal import IN, Journal
from app.sources.ocpp.status import Said, Station


def at(day: int, time: str = "12:00:00") -> Millis:
    return parse_time(f"2026-11-{day:02}T{time}Z")


def days(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / "hardware").glob("*.jsonl"))


def test_old_days_go(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "hardware", days=2)
    for day in (1, 2, 3):
        journal.write(at(day), "CP1", IN, "[]")
    assert days(tmp_path) == ["2026-11-02", "2026-11-03"]
    journal.write(at(2, "23:59:59"), "CP1", IN, "[]")
    assert days(tmp_path) == ["2026-11-02", "2026-11-03"], "a clock that is set back begins no day again"


def test_a_start_reads_what_was_known_and_what_came_after_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "hardware", days=7)
    journal.write(at(1), "CP1", IN, "before")
    stations = {"CP1": Station(whole=Said("Available", at(1)))}
    journal.save(stations)
    journal.write(at(1), "CP1", IN, "after")
    journal.write(at(2), "CP1", IN, "the next day")
    journal.close()
    with (tmp_path / "hardware" / "2026-11-02.jsonl").open("ab") as file:
        file.write(b'{"at":1,"id":"CP1","way":"in","fra')  # killed while it wrote
    again = Journal(tmp_path, "hardware", days=7)
    again.write(at(2), "CP1", IN, "after the kill")
    known, lines = again.known()
    assert known == stations
    assert [line["frame"] for line in lines] == ["after", "the next day", "after the kill"]


def test_without_what_was_known_only_the_last_day_is_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "hardware", days=7)
    journal.write(at(1), "CP1", IN, "long ago")
    journal.write(at(2), "CP1", IN, "today")
    (tmp_path / "hardware" / "stations.json").write_text("{broken")
    known, lines = Journal(tmp_path, "hardware", days=7).known()
    assert known == {}
    assert [line["frame"] for line in lines] == ["today"]


def test_the_first_start_knows_nothing(tmp_path: Path) -> None:
    known, lines = Journal(tmp_path, "hardware", days=7).known()
    assert (known, list(lines)) == ({}, [])


def test_the_files_are_their_owners_alone(tmp_path: Path) -> None:
    Journal(tmp_path, "hardware", days=7).write(at(1), "CP1", IN, "[]")
    [file] = (tmp_path / "hardware").glob("*.jsonl")
    assert file.stat().st_mode & 0o077 == 0
