"""Show how clients speak to the service; nothing of the service imports this."""
