"""France: schema-irve-statique and schema-irve-dynamique."""
