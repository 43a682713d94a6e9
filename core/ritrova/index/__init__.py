"""Nearest-neighbour search over the embeddings: caches beside SQLite, which holds the truth."""
