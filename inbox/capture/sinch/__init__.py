"""Sinch's SMS API ("XMS") over the sandbox: https://developers.sinch.com/docs/sms/api-reference/sms."""
