"""The web of the relay, on top of the open one: what our backend asks, and the modules of partners whose drivers charge here."""
