"""DATEX II v3, energy infrastructure."""
