"""The `ritrova` command: reads what a person typed, calls the library, shows what it answered."""
