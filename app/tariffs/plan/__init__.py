"""The price plan: how an operator writes prices down, and what a session costs by it."""
