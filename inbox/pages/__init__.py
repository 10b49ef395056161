"""The public pages; each file holds one kind."""
