"""IRVE: the two CSV files that France asks of operators (schema-irve-statique, schema-irve-dynamique), written, read and checked.

`columns` has the tables of both.

- Written: `station` and `point` say what a row says → `static_rows` leaves out what is no row → formats `statique`, `dynamique`,
  with their `losses`.
- Read: `sheet` takes any CSV apart → `cells` and `lines` read it → `static_file` (by `station_body`) makes locations of it, and
  `dynamic_file` statuses.
- Checked: `lint_row`, `lint_static` and `lint_dynamic` have the rules that the schemas lack; `check` reports on a file, by the
  official `table_schema` too.
"""
