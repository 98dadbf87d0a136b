"""From a price plan to OCPI tariffs, with what they cannot say and by how much they may differ."""
