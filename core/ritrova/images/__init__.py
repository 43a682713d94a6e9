"""Photos: reading files, decoding them out of harm's way, what they say of themselves, their thumbnails.

Worker processes import this package, so it imports nothing by itself.
"""
