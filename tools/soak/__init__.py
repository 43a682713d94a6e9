"""Hurts Ritrova for as long as one likes and counts what was lost: `make soak`, and in short form the tests."""
