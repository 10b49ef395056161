"""Decides, before a message is shown, what a public page must not show, and how the rest is shown; no database here."""
