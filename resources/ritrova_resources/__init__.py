"""What ships with Ritrova: model, translations, sample photos. Read with `importlib.resources`."""
