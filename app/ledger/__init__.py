"""The price ledger: what was published about prices, in a log that nobody can rewrite unnoticed (DESIGN §6, C2SP tlog-tiles).

`entries` says what is logged, `sequencing` gives each entry its place, `sealing` publishes the tree that proves it, `prices`
answers from it, `bundle` makes and checks what an auditor takes along. `tree`, `tiles`, `note` and `checkpoint` are the formats.
"""
