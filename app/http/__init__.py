"""Speaking HTTP with servers that others run."""
