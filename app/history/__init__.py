"""Statuses and prices of each closed day as Parquet files in the store, of what was public; see `archive`.

Needs the extra `history` (pyarrow, and duckdb for questions); `app.archiving.missing` says what is not there.
"""
