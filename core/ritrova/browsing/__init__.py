"""Many photos at once, for a window: a catalogue in memory, ranked, filtered, folded and handed out in parts."""
