"""MessageBird's SMS API over the sandbox: https://developers.messagebird.com/api/sms-messaging/."""
