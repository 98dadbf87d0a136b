"""All current ad hoc prices, `/open/prices.json` and `/open/prices.csv`: a row per connector and offer."""
