"""Contributions, merge, journal and the public projection. SQL of chargefeed lives here (DESIGN §4)."""
