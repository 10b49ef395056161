"""Twilio's Messages API over the sandbox: https://www.twilio.com/docs/messaging/api/message-resource."""
