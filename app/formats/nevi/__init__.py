"""United States: 23 CFR 680 (NEVI) and the Alternative Fuels Data Center (AFDC)."""
