"""Any JSON backend, told by a description instead of code: where its lists are, how they page, and which JMESPath of a record is
which field of OCPI. Descriptions of known backends are shipped in `config/backends`.

settings → `description` (read and compiled with them) → `access` (credentials) → `walk` (page after page) → `lists` (records,
each with what is attached to it) → `objects` (by `template`) and `statuses` (by `words`) → `source` (batches).
"""

from app.sources.rest.settings import RestSettings
from app.sources.rest.source import RestSource

__all__ = ["RestSettings", "RestSource"]
