"""Plivo's Message API over the sandbox: https://www.plivo.com/docs/messaging/api/messages/."""
