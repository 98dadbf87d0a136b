"""Which rules are asked where, and what becomes of the answers."""

from __future__ import annotations

from app.compliance.judging import Judged, RuleBook, findings, judged
from app.compliance.profile import read_profiles
from app.compliance.rule import OriginKind, State
from app.model.finding import Grade
from app.tariffs.adhoc import PriceBook
from tests.compliance.sites import AT, location, site
from tests.shared import ROOT

PROFILES = read_profiles(ROOT / "config" / "profiles", ["de", "gb"])
BOOK = RuleBook(PROFILES)


def of(changes, book: RuleBook = BOOK, **more) -> Judged | None:
    return judged(site(location(changes), **more).sourced, book, AT, PriceBook())


def codes(found: Judged | None) -> set[str]:
    assert found is not None
    return {answer.rule.code.split("-")[0] for answer in found.answers}


def test_afir_holds_in_the_union_and_the_profile_of_the_country_beside_it() -> None:
    assert codes(of({})) == {"afir", "de"}
    assert codes(of({}, RuleBook([]))) == {"afir"}
    assert codes(of({"country": "FRA"})) == codes(of({"country": "REU"})) == {"afir"}


def test_outside_the_union_only_the_profile_holds() -> None:
    assert codes(of({"country": "GBR"})) == {"uk"}
    assert of({"country": "JPN"}) is None


def test_a_location_without_a_point_in_service_is_not_asked() -> None:
    assert of({"evses[0].status": "PLANNED", "evses[1].status": "REMOVED"}) is None


def test_a_complete_location_has_no_finding() -> None:
    found = of({})
    assert found is not None
    assert list(findings(found)) == []


def test_what_is_missing_is_a_breach_and_what_is_implausible_a_warning() -> None:
    found = of({"help_phone": None, "region_nuts1": "FR1"})
    assert found is not None
    missing, doubted = findings(found)
    assert (missing.rule, missing.grade, missing.key) == ("afir-a5", Grade.BREACH, "DE*ABC/L1/stations[S1]")
    assert missing.what == "Telephone number of the helpdesk: not said (Art. 20(2)(a)(v))"
    assert missing.remedy == "fill `help_phone` in the overlay, by party"
    assert (doubted.rule, doubted.grade) == ("afir-a10", Grade.WARNING)


def test_what_is_not_decided_is_no_finding() -> None:
    found = of({"stations[0].payment.other": None})
    assert found is not None
    assert State.UNDECIDED in {answer.seen.state for answer in found.answers}
    assert list(findings(found)) == []


def test_a_status_has_no_cell_in_an_overlay() -> None:
    found = of({"evses[0].status": "UNKNOWN"})
    assert found is not None
    assert {one.remedy for one in findings(found)} == {"a source with the role status must say it"}


def test_a_list_that_has_others_is_not_filled_but_given_whole() -> None:
    found = of({"operator.registration_ids[0].scheme": "SIREN"})
    assert found is not None
    (one,) = findings(found)
    assert one.what.startswith("Operator's id at the Bundesnetzagentur: the list has others alone")
    assert "an overlay that overrides" in one.remedy


def test_everything_said_has_an_origin() -> None:
    overlaid = {
        "help_phone": "facts.csv:2",
        "stations[S1].service_support.kind": "facts.csv:3",
        "stations[S1].vehicle_classes": "facts.csv:3",
        "operator.registration_ids": "facts.csv:4",
        "opening_times.twentyfourseven": "facts.csv:5",
        "evses[E2].plug_and_charge": "facts.csv:6",
    }
    found = of({"stations[0].simultaneous_points": None}, overlaid=overlaid)
    assert found is not None
    origins = {
        (answer.rule.code, answer.subject.path): (answer.origin_kind, answer.origin)
        for answer in found.answers
        if answer.seen.state is State.PRESENT
    }
    overlay = {key: where for key, (kind, where) in origins.items() if kind is OriginKind.OVERLAY}
    assert overlay == {
        ("afir-a5", "stations[S1]"): "facts.csv:2",
        ("afir-a4", "stations[S1]"): "facts.csv:3",
        ("afir-a16", "stations[S1]"): "facts.csv:3",
        ("de-bnetza-operator", ""): "facts.csv:4",
        ("afir-a14", "stations[S1]"): "facts.csv:5",
        ("afir-b8", "evses[E2]"): "facts.csv:6",
    }
    assert origins["afir-a3", "stations[S1]"] == (OriginKind.DERIVED, "number of EVSEs")
    assert origins["afir-a1", "stations[S1]"] == (OriginKind.BACKEND, "inventory")
    assert origins["afir-f1", "evses[E1]"] == (OriginKind.BACKEND, "statuses")
    assert origins["afir-f3", "stations[S1]"] == (OriginKind.BACKEND, "prices")
