"""How long data is kept, and how a person's data is given out or erased."""
