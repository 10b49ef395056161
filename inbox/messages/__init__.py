"""Messages as they are kept, found and read."""
