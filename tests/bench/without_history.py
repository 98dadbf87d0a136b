"""`chargefeed` as it is where the extra `history` is not installed: `python -m tests.bench.without_history worker`.

No day ends during a soak, so no file would be written, and no status could go.
"""

from __future__ import annotations

import sys

sys.modules["pyarrow"] = None  # type: ignore[assignment]

from app.cli import cli  # noqa: E402

if __name__ == "__main__":
    cli()
