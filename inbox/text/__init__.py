"""Text alone: no Django, no database."""
