"""Ritrova's core: finds photos on a person's own disks by Italian sentences. No Qt, no network."""

__version__ = "0.1.0"
