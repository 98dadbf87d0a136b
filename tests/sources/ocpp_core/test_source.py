"""OCPP.Core's SQLite file as a source of statuses."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from app.clock import parse_time
from app.errors import SourceAnswerError, SourceError, SourceUnreachable
from app.model.batch import Kind
from app.sources.base import source_class
from app.sources.ocpp_core import OcppCoreSource
from tests.sources.pulled import pull, statuses_of


def test_it_is_known_by_its_type():
    assert source_class("ocpp-core") is OcppCoreSource


def test_it_is_asked_for_statuses_alone(core):
    assert core().kinds == {Kind.STATUSES}


def test_statuses_are_read(core):
    found = statuses_of(pull(core(), Kind.STATUSES))
    assert {evse: record.status for evse, record in found.items()} == {
        "DE*ABC*ECP1*1": "CHARGING",
        "DE*ABC*ECP1*2": "AVAILABLE",
        "DE*ABC*ECP2*1": "OUTOFORDER",
        "DE*ABC*ECP2*2": "INOPERATIVE",
        "DE*ABC*ECP3*1": "UNKNOWN",
    }
    assert found["DE*ABC*ECP1*1"].occurred_at == parse_time("2026-11-23T10:00:00.123Z")
    assert found["DE*ABC*ECP2*2"].occurred_at is None, "a time of the future"
    assert found["DE*ABC*ECP3*1"].detail == {"reason": "no_status"}


def test_that_nobody_knows_who_is_connected_is_told(core):
    assert any(
        "does not say which chargers are connected" in problem for problem in pull(core(), Kind.STATUSES).problems
    )


def test_the_message_log_tells_who_is_silent(core):
    pulled = pull(core(silent_after="10min"), Kind.STATUSES)
    found = statuses_of(pulled)
    assert (found["DE*ABC*ECP1*2"].status, found["DE*ABC*ECP2*1"].detail) == ("AVAILABLE", {"reason": "offline"})
    assert pulled.problems == []


def test_words_can_mean_something_else(core):
    found = statuses_of(pull(core(status_map={"Occupied": "BLOCKED"}), Kind.STATUSES))
    assert found["DE*ABC*ECP1*1"].status == "CHARGING", "there is a transaction"


def test_a_file_that_is_not_there_is_said_and_not_made(core, tmp_path):
    with pytest.raises(SourceUnreachable, match="unable to open"):
        pull(core(database=f"sqlite:///{tmp_path}/none.sqlite"), Kind.STATUSES)
    assert not (tmp_path / "none.sqlite").exists()


def test_another_layout_is_said(core, database):
    with closing(sqlite3.connect(database)) as connection:
        connection.execute('DROP TABLE "ConnectorStatus"')
    with pytest.raises(SourceAnswerError, match=r"no such table: ConnectorStatus.*not those that this version knows"):
        pull(core(), Kind.STATUSES)


def test_sql_server_says_which_driver_it_needs(core):
    with pytest.raises(SourceError, match=r"the driver is missing.*Install `pyodbc`.*ODBC Driver 18"):
        pull(core(database="mssql://user:secret@host/OCPP.Core"), Kind.STATUSES)
