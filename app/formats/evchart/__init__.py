"""EV-ChART, the federal tool that takes the data of 23 CFR 680.112: its modules 2 to 9 as CSV, written and checked.

`modules.yaml` has the tables, `module` reads them, `writing` makes files of rows, `check` says what the federal side would
refuse in anyone's file, and what its dashboard would leave out.
"""
