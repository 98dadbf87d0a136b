"""Outside shapes: each is a pure function of the canonical object, `body → bytes + losses`. No I/O, no clock."""
