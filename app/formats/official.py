"""Documents of ours against the official schemas, as far as these are at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from app.formats.datex2.check import NAME as DATEX2
from app.formats.datex2.check import judged as judged_datex2
from app.formats.datex2.check import taking
from app.formats.datex2.schemas import Schemas
from app.formats.irve.check import judged as judged_irve
from app.formats.irve.table_schema import TableSchema
from app.formats.report import Finding
from app.model.problem import Problem

IRVE = {"irve-statique": "schema-statique.json", "irve-dynamique": "schema-dynamique.json"}
"""By standard the file of its schema, as github.com/etalab/schema-irve names it."""
STANDARDS = (DATEX2, *IRVE)

Examine = Callable[[bytes], list[Finding]]
"""What is not valid in a document. For one thread at a time."""


@dataclass(frozen=True, slots=True)
class Official:
    datex2: Schemas = field(default_factory=lambda: Schemas({}))
    irve: Mapping[str, TableSchema] = field(default_factory=dict)
    """By standard."""

    def examiner(self, standard: str, specimen: bytes) -> Examine | None:
        """For documents of one of STANDARDS; None where its schema is not at hand.

        DATEX II has several versions and profiles, and neither schemas nor documents say reliably whose they are: those that take
        `specimen`, a sound document of the same format, are the format's.
        """
        if standard == DATEX2:
            schemas = taking(specimen, self.datex2)
            return partial(_examined, schemas=schemas) if schemas else None
        schema = self.irve.get(standard)
        return None if schema is None else partial(judged_irve, name=standard, schema=schema)


def _examined(document: bytes, schemas: Schemas) -> list[Finding]:
    found = judged_datex2(document, schemas)
    return [Finding(1, Problem("its schema does not know such a document"))] if found is None else found
