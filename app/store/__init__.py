"""Objects in a directory or a bucket (DESIGN §4, ground floor)."""
