"""What is installed with the program: `templates` and `config`."""

from __future__ import annotations

from pathlib import Path


def shipped(folder: str) -> Path:
    """The folder `templates` or `config`, in a checkout or inside an installed wheel."""
    package = Path(__file__).resolve().parent
    packed = package / f"_{folder}"
    return packed if packed.exists() else package.parent / folder
