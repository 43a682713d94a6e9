"""Backups: the database and the settings in one file; what is a cache, and the photos, stay out."""
