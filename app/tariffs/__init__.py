"""What a charging session costs, and how prices are said."""
