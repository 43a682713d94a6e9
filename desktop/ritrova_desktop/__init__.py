"""Ritrova's window: the only package that knows Qt. It comes with a later version."""
