"""Keep streams open: one reader of each topic in a process, and the same bytes to all who follow it."""
