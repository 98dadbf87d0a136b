"""A sender's conformance to OCPI, row by row (`config/ocpi-checklist.csv`), as it is seen from outside: by reading alone."""

from app.checklist import answers, discovery, paging, places, prices  # noqa: F401  (each registers its rows)
