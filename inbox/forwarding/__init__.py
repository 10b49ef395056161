"""Passes messages on: to e-mail addresses, webhooks and chat apps, by rules."""
