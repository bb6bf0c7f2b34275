"""Hold the revisions, oldest first by their numbers; each says all that it needs by itself."""
