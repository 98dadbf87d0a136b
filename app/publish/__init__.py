"""Fragments, blocks, pages, documents and snapshots of every publication (DESIGN §6)."""
