"""What no reader of the feed may see: charging sessions, for reports. A database or schema, a role and a key of its own."""
