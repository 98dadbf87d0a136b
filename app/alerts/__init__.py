"""Tells people which findings are new and which are fixed, by webhook or e-mail: one digest per evaluation."""
