"""Give people all that is held on them, and erase it when they ask."""
