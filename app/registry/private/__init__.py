"""What no reader of the feed may see: charging sessions, for reports, and what is relayed between our backend and partners. A
database or schema, a role and a key of its own."""
