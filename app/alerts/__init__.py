"""Tells people which findings are new and which are fixed: one digest per evaluation, by webhook or e-mail, never one per finding."""
