"""Infobip's SMS API over the sandbox: https://www.infobip.com/docs/api/channels/sms."""
