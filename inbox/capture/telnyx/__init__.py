"""Telnyx's API v2 over the sandbox: https://developers.telnyx.com/api-reference/messages."""
