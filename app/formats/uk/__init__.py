"""Prices as British law asks for them (Public Charge Point Regulations, SI 2023/1168)."""
