"""The tariffs that the tests of explanations tell: plans of config/plans, and tests/data/explain/tariffs.json."""

from __future__ import annotations

from pathlib import Path

from app.model.tariff import Tariff
from app.settings import shipped
from app.tariffs.explain import explain, in_short
from app.tariffs.flatten.tariffs import flatten
from app.tariffs.plan.reading import read_plan
from tests.tariffs.examples import read

DATA = Path(__file__).parents[2] / "data" / "explain"


def planned() -> list[Tariff]:
    """All that the example plans become."""
    paths = sorted((shipped("config") / "plans").glob("*.yaml"))
    return [Tariff.model_validate(one.tariff) for path in paths for one in flatten(read_plan(path))]


def written() -> list[Tariff]:
    return [Tariff.model_validate(body) for body in read(DATA / "tariffs.json")]


def by_id() -> dict[str, Tariff]:
    return {tariff.id: tariff for tariff in (*planned(), *written())}


def lines(tariff: Tariff, language: str) -> list[str]:
    """In short, then in full; with plain spaces."""
    return [line.replace("\xa0", " ") for line in (in_short(tariff, language), *explain(tariff, language))]
