"""What is not valid by the official schema does not go to Mobilithek; what stands there stays, and nothing else waits for it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import orjson
import pytest

from app.clock import ManualClock
from app.delivery.mobilithek.datex import Datex
from app.formats.base import Context, Rendered, formats
from tests.delivery.conftest import Post
from tests.delivery.test_mobilithek import LATER, broker, charging, keys, make_post, site
from tests.delivery.test_mobilithek_datex import found
from tests.mobilithek_server import Broker
from tests.official import BROKEN, breaking, broken, judge, needs_schemas
from tests.registry.backend import Backend, evse, location
from tests.registry.conftest import sqlite_copy_url

__all__ = ["broker", "keys", "site", "sqlite_copy_url"]
pytestmark = [needs_schemas, pytest.mark.parametrize("engine", ["sqlite"], indirect=True)]
TABLE, STATUS = "datex2-de-01-00-00-table-json", "datex2-de-01-00-00-status-json"
NO_VERSION = (b'"versionG":', b'"version":')
NO_STATUS = (b'"inOperation"', b'"asleep"')


class Breaking(Datex):
    """Deltas of a location of that name are not valid."""

    def changed(self, body: dict[str, Any], context: Context, uids: Collection[str] | None) -> Rendered:
        return broken(super().changed(body, context, uids), body, *NO_STATUS)


@pytest.fixture
def post(registry, clock: ManualClock, keys, broker: Broker, site: Backend) -> Callable[[], Post]:
    return partial(make_post, registry, clock, keys, broker, Breaking("de-01-00-00", "json"), judge())


def name(site: Backend, text: str) -> None:
    site.clock.advance(seconds=60)
    site.locations(location("L1", evse("E1"), evse("E2")), location("L2", evse("E3"), name=text))


def sent(broker: Broker) -> list[str]:
    protocols = (found(orjson.loads(one.body), "codedExchangeProtocol") for one in broker.taken)
    return [one[0]["value"] if one else "table" for one in protocols]


def test_statuses_do_not_wait_for_a_table_that_is_withheld(post, broker: Broker, site, monkeypatch):
    monkeypatch.setitem(formats(), TABLE, breaking(TABLE, *NO_VERSION))
    one = post()
    one.go()
    name(site, BROKEN)
    one.go()
    charging(site, "E1")
    one.go()
    assert sent(broker) == ["table", "snapshotPush", "snapshotPush", "deltaPush"]
    assert (one.state.word, one.standing.due, one.standing.refused) == ("ok", 0, 1)
    told = one.problems()[0]
    assert (told["record"], told["where"], told["severity"]) == ("de*abc/l2", TABLE, "refused")
    name(site, "Markt")
    one.go()
    assert sent(broker)[4:] == ["table", "snapshotPush"]
    assert one.problems() == []


def test_a_whole_publication_that_is_withheld_names_the_object_and_goes_when_it_is_valid(
    post, broker: Broker, site, monkeypatch, clock: ManualClock
):
    monkeypatch.setitem(formats(), STATUS, breaking(STATUS, *NO_STATUS))
    name(site, BROKEN)
    one = post()
    one.go()
    assert sent(broker) == ["table"]
    assert one.state.word == "refused"
    assert f"not valid, and was not sent: {STATUS} de*abc/l2 DE*ABC*L2*E*E3 messageContainer." in (
        one.state.error or ""
    )
    name(site, "Markt")
    clock.advance(seconds=LATER)
    one.go()
    assert sent(broker) == ["table", "table", "snapshotPush"]
    assert (one.state.word, one.state.error, one.standing.due) == ("ok", None, 0)


def test_a_location_that_is_not_valid_is_left_out_of_deltas_until_it_changes(post, broker: Broker, site):
    name(site, BROKEN)
    one = post()
    one.go()
    charging(site, "E1", "E3")
    one.go()
    assert len(found(orjson.loads(broker.taken[-1].body), "aegiElectricChargingPointStatus")) == 1
    assert (one.standing.due, one.standing.refused) == (0, 1)
    assert [told["record"] for told in one.problems()] == ["de*abc/l2"]
    name(site, "Markt")
    one.go()
    assert one.problems() == []
