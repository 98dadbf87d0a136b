"""What a partner's terms show, and when it learns of it; what the public sees stays as it is."""

from __future__ import annotations

from itertools import chain

import pytest

from app.model.batch import Kind
from app.registry.database import reading
from app.registry.terms import Terms
from app.registry.touched import every_object, touched
from app.registry.views import View
from tests.registry.backend import connector, evse, location, tariff

CONTRACT = Terms(contracts=("NL-EMS-*",))
ISSUER = Terms(issuers=frozenset({"EMS"}))
PUBLIC = View()


def seen(registry, view, since=None):
    with registry.feed().read() as reader:
        return {
            (kind.value, item.id): item.body
            for kind in (Kind.LOCATIONS, Kind.TARIFFS)
            for item in reader.objects(kind, reader.ordinals(kind, view, since, None), view.terms)
        }


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"id": "NL-EMS-1", "audience": "partner"}, True),
        ({"id": "nl-ems-2", "audience": "group"}, True),
        ({"id": "NL-OTH-1", "audience": "partner"}, False),
        ({"id": "T1", "type": "REGULAR"}, False),
        ({"id": "T2", "type": "AD_HOC_PAYMENT"}, True),
        ({"id": "T3", "audience": "public", "type": "REGULAR"}, True),
        ({"id": "T4"}, True),
    ],
)
def test_a_tariff_is_shown_by_its_type_or_by_agreement(fields, shown):
    assert CONTRACT.shows_tariff(fields) is shown


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        ({"issuer": "EMS", "visual_number": "1"}, True),
        ({"group_id": "g-1"}, True),
        ({"issuer": "OTH", "visual_number": "1"}, False),
        ({"uid": "0102", "type": "RFID"}, False),
    ],
)
def test_a_hidden_site_is_shown_by_issuer_or_group_and_says_no_more(entry, shown):
    terms = Terms(issuers=frozenset({"EMS"}), groups=frozenset({"G-1"}))
    other = {"issuer": "OTH", "visual_number": "SECRET"}
    body = {"publish": False, "publish_allowed_to": [other, entry]}
    assert terms.shows_location(body) is shown
    assert terms.allowed(body) == ([entry] if shown else [])


def test_a_contract_price_that_comes_stamps_its_sites_for_the_partner_alone(registry, backend):
    backend.tariffs(tariff("T1"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1", "NL-EMS-1"]))), location("L2"))
    public, view = seen(registry, PUBLIC), View(terms=CONTRACT)
    assert seen(registry, view) == public
    with registry.feed().read() as reader:
        since = reader.head().published_at + 1
    backend.clock.advance(seconds=60)
    backend.tariffs(tariff("T1"), tariff("NL-EMS-1", audience="partner"))
    assert seen(registry, PUBLIC) == public
    news = seen(registry, view, since)
    assert news.keys() == {("tariffs", "NL-EMS-1"), ("locations", "L1")}
    body = news["locations", "L1"]
    assert body["evses"][0]["connectors"][0]["tariff_ids"] == ["T1", "NL-EMS-1"]
    stamps = {body["last_updated"], body["evses"][0]["last_updated"], news["tariffs", "NL-EMS-1"]["last_updated"]}
    assert len(stamps) == 1


def test_whoever_follows_is_touched_by_what_is_hidden_from_others(registry, backend):
    allowed = [{"issuer": "EMS", "visual_number": "1"}]
    backend.tariffs(tariff("NL-EMS-1", audience="partner"))
    points = evse("E1", connector(tariff_ids=["NL-EMS-1"]))
    backend.locations(location("L1", points), location("L2", evse("E2"), publish=False, publish_allowed_to=allowed))
    terms = Terms(contracts=("NL-EMS-*",), issuers=frozenset({"EMS"}))
    with registry.feed().read() as reader:
        since = reader.head().seq
    backend.statuses(("DE*ABC*E2", "CHARGING"), complete=False)
    backend.tariffs(tariff("NL-EMS-1", audience="partner", currency="SEK"))
    with reading(registry.engine) as connection:
        found = touched(connection, since, 100, View(terms=terms), priced=False).touches
        nothing = touched(connection, since, 100, PUBLIC, priced=False).touches
    assert [(touch.kind, touch.key, touch.evse) for touch in found] == [
        (Kind.LOCATIONS, "de*abc/l2", "E2"),
        (Kind.TARIFFS, "de*abc/nl-ems-1", ""),
        (Kind.LOCATIONS, "de*abc/l1", ""),
    ]
    assert nothing == []
    assert not any(touch.gone for touch in found)


def test_whoever_follows_is_not_touched_by_what_stays_hidden_from_it(registry, backend):
    backend.tariffs(tariff("NL-OTH-1", audience="partner"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["NL-OTH-1"])), publish=False))
    backend.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
    backend.tariffs(tariff("NL-OTH-1", audience="partner", currency="SEK"))
    with reading(registry.engine) as connection:
        page = touched(connection, 0, 100, View(terms=CONTRACT), priced=False)
        assert page.touches == []
        assert page.next == page.head.seq > 0
    assert [*chain(*every_object(registry.engine, View(terms=CONTRACT)))] == []


def test_a_site_that_is_shown_no_more_is_gone(registry, backend):
    allowed = [{"issuer": "EMS", "visual_number": "1"}]
    backend.locations(location("L1", publish=False, publish_allowed_to=allowed))
    with registry.feed().read() as reader:
        since = reader.head().seq
    backend.locations(location("L1", publish=False))
    with reading(registry.engine) as connection:
        (touch,) = touched(connection, since, 100, View(terms=ISSUER), priced=False).touches
    assert touch.gone
    assert seen(registry, View(terms=ISSUER)) == {}
