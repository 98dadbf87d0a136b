"""Uptime: for how long a charging port could be used, by the rules of each regime, and the outages behind every number."""
