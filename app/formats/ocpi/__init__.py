"""OCPI 2.1.1, 2.2.1 and 2.3.0: the canonical model is 2.3.0, the others are differences from it (`versions`)."""
