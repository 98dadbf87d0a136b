"""Input as no sound program sends it, to everything here that reads the outside."""
