"""A whole running instance: how it starts and ends, what it withstands, and what comes in by its own port."""
