"""What is special about a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import StoreError
from app.store.base import Encoding, Label
from app.store.directory import DirectoryStore

JSON = Label("application/json")


def test_names_are_what_a_web_server_looks_for(directory: DirectoryStore) -> None:
    assert directory.name("open/a.json", None) == "open/a.json"
    assert directory.name("open/a.json", Encoding.GZIP) == "open/a.json.gz"
    assert directory.name("open/a.json", Encoding.ZSTD) == "open/a.json.zst"


def test_files_are_readable_for_a_web_server(directory: DirectoryStore, tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        directory.put("open/a.json", b"1", JSON)
    finally:
        os.umask(mask)
    assert (tmp_path / "public/open/a.json").stat().st_mode & 0o777 == 0o644


def test_a_reader_of_the_old_file_keeps_it(directory: DirectoryStore) -> None:
    directory.put("open/a", b"old" * 1000, JSON)
    fetched = directory.get("open/a")
    assert fetched is not None
    directory.put("open/a", b"new", JSON)
    assert fetched.read() == b"old" * 1000


def test_a_failed_write_leaves_the_old_file_and_no_rest(directory: DirectoryStore, tmp_path: Path) -> None:
    directory.put("open/a", b"old", JSON)
    broken = (tmp_path / "closed").open("wb+")
    broken.close()
    with pytest.raises(ValueError, match="closed file"):
        directory.put("open/a", broken, JSON)
    (tmp_path / "public/open/b").mkdir()
    with pytest.raises(StoreError, match="public/open/b"):
        directory.put("open/b", b"new", JSON)
    assert directory.get("open/a").read() == b"old"  # type: ignore[union-attr]
    assert list((tmp_path / "public/.writing").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file/public: Not a directory\. Check"):
        DirectoryStore(tmp_path / "file/public")


def test_a_killed_writer_leaves_the_old_file_or_the_new_one(directory: DirectoryStore, tmp_path: Path) -> None:
    writer = (
        "import sys; from pathlib import Path; from app.store.base import Label; from app.store.directory import DirectoryStore\n"
        "store, n = DirectoryStore(Path(sys.argv[1])), 0\n"
        "while True:\n"
        "    n += 1; store.put('open/a', b'%09d' % n * 50_000, Label('text/plain')); print(n, flush=True)"
    )
    command = [sys.executable, "-c", writer, str(tmp_path / "public")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert process.stdout is not None
    acknowledged = 0
    for _ in range(5):
        acknowledged = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    acknowledged = int((["0", *process.stdout.read().split()])[-1]) or acknowledged
    process.wait()
    fetched = directory.get("open/a")
    assert fetched is not None
    found = fetched.read()
    number = int(found[:9])
    assert found == b"%09d" % number * 50_000
    assert number in (acknowledged, acknowledged + 1)


def test_what_a_killed_writer_left_aside_is_not_listed_and_goes_in_time(
    directory: DirectoryStore, tmp_path: Path
) -> None:
    rest, fresh = (tmp_path / "public/.writing" / name for name in ("rest", "fresh"))
    rest.write_bytes(b"half")
    fresh.write_bytes(b"half")
    os.utime(rest, (0, 0))
    assert list(directory.list("")) == []
    DirectoryStore(tmp_path / "public")
    assert fresh.exists()
    assert not rest.exists()
