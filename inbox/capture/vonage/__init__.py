"""Vonage's SMS API and Messages API over the sandbox: https://developer.vonage.com/en/api/sms and /api/messages."""
