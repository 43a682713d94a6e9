"""What a person can do, one function an action. Each asks the engine, and says what it changed (`did.Did`)."""
