"""The quarterly, annual and one-time data of 23 CFR 680.112, out of the registry, the sessions, the outages and a workbook."""
