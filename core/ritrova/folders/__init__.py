"""The folders on disk: volumes, and walking them. The only home of psutil in the library."""
