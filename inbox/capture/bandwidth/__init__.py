"""Bandwidth's messaging API over the sandbox: https://dev.bandwidth.com/apis/messaging."""
