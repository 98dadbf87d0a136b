"""Files as a backend: an inventory (OCPI JSON, or a table), statuses beside it, tariffs or price plans. Read again when they
change.

`watched` (has it changed?) → `objects` (OCPI JSON, plans) or `table` + `inventory` (CSV, XLSX; its columns in `columns`) or
`statuses` → `gathered` (each key once) → `source` (batches).
"""

from app.sources.file.settings import FileSettings
from app.sources.file.source import FileSource

__all__ = ["FileSettings", "FileSource"]
