"""Every example that the specification works out (OCPI Tariffs and CDRs, step_size), to the cent."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.formats.ocpi.parse import salvage_tariff
from app.formats.ocpi.versions import V221
from app.model.tariff import Tariff
from app.tariffs.cost import cost
from tests.tariffs.examples import FOLDER, ZONE, read, session

EXAMPLES = read(FOLDER / "worked-examples.json")


@pytest.fixture
def tariff(request: pytest.FixtureRequest, example: dict[str, Any]) -> Tariff:
    name = example["tariff"]
    folder: Path = request.getfixturevalue("shared_data") / "ocpi-examples" if "/" in name else FOLDER
    return Tariff.model_validate(read(folder / f"{name}.json"))


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["what"] for example in EXAMPLES])
def test_the_example_costs_what_the_specification_works_out(example: dict[str, Any], tariff: Tariff) -> None:
    total = cost(tariff, session(example["start"], *example["phases"]), ZONE).total
    expected = [
        None if example[basis] is None else Decimal(example[basis]) for basis in ("before_taxes", "after_taxes")
    ]
    assert [total.before_taxes, total.after_taxes] == expected


SHARED = [example for example in EXAMPLES if "/" in example["tariff"] and "north_american" not in example["tariff"]]


@pytest.mark.parametrize("example", SHARED, ids=[example["what"] for example in SHARED])
def test_the_same_tariff_in_2_2_1_costs_the_same(example: dict[str, Any], shared_data: Path) -> None:
    path = shared_data / "ocpi-examples" / f"{example['tariff'].replace('2.3.0', V221)}.json"
    tariff = salvage_tariff(read(path), V221, country_code=None, party_id=None).model
    total = cost(tariff, session(example["start"], *example["phases"]), ZONE, V221).total
    assert total.before_taxes == Decimal(example["before_taxes"])
    assert total.after_taxes == Decimal(example["after_taxes"])
