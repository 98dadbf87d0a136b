"""`chargefeed validate`: reads the file, and what it is checked with; also the schemas that publications are held to."""

from __future__ import annotations

from pathlib import Path

from app.clock import SystemClock, from_millis
from app.errors import ChargefeedError, ConfigError
from app.formats.datex2.check import NAME as DATEX2
from app.formats.datex2.schemas import Schemas
from app.formats.irve.check import Beside
from app.formats.irve.table_schema import TableSchema
from app.formats.official import IRVE, Official
from app.formats.report import Report
from app.formats.validate import detect, validate


def check_file(file: Path, as_format: str | None, schemas: Path | None, static: Path | None) -> Report:
    """`schemas`: a folder in which, at any depth, lie the official schemas. Raises ChargefeedError."""
    data = _bytes(file)
    name = as_format or detect(data)
    beside = Beside(
        _table_schema(schemas, IRVE[name]) if schemas and name in IRVE else None,
        _bytes(static) if static else None,
    )
    datex2 = datex2_schemas(schemas) if schemas and name == DATEX2 else None
    return validate(data, as_format, from_millis(SystemClock().now()), beside, datex2)


def official_schemas(folder: Path) -> tuple[Official, list[str]]:
    """All there are in the folder, at any depth, ready to be used; and what they are: `v3.7 (XSD)`, `schema-statique.json`.

    Raises ConfigError where there are none, or one cannot be used.
    """
    irve = {standard: found for standard, name in IRVE.items() if (found := min(folder.rglob(name), default=None))}
    official = Official(
        datex2_schemas(folder), {name: TableSchema(_bytes(file), str(file)) for name, file in irve.items()}
    )
    sets = [f"{Path(where).relative_to(folder)} ({kind})" for where, kind in official.datex2.load()]
    sets += [str(file.relative_to(folder)) for file in irve.values()]
    if not sets:
        what = "no official schemas in it" if folder.is_dir() else "no such folder"
        remedy = (
            "Put there those of DATEX II (docs.datex2.eu; the German profile's: Mobilithek's GitHub), a folder for each version, "
            "and of IRVE (github.com/etalab/schema-irve); or leave `schemas` out"
        )
        raise ConfigError(what, where=str(folder), remedy=remedy)
    return official, sets


def datex2_schemas(folder: Path) -> Schemas:
    """Those in the folder, at any depth, named as docs.datex2.eu names them."""
    found = (path for path in sorted(folder.rglob("DATEXII_3_*")) if path.suffix in (".xsd", ".json"))
    return Schemas({str(path): _bytes(path) for path in found})


def _table_schema(folder: Path, name: str) -> TableSchema:
    found = min(folder.rglob(name), default=None)
    if found is None:
        remedy = f"Put {name} of github.com/etalab/schema-irve there"
        raise ConfigError(f"no {name} in it", where=str(folder), remedy=remedy)
    return TableSchema(_bytes(found), str(found))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ChargefeedError(f"cannot be read: {error.strerror}", where=str(file)) from None
