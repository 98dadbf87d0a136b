"""What is filed with authorities, out of the registry, the private store and what a person fills in."""
