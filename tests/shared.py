"""Where the shared test data lies: schemas and samples that are never copied into the project."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""


def data_folder() -> Path:
    """`$CHARGEFEED_SHARED/data`, else `data` in the folder `shared` beside the checkout; it may not exist."""
    return Path(os.environ.get("CHARGEFEED_SHARED") or ROOT.parent / "shared").absolute() / "data"
