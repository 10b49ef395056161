"""AWS's two ways to send an SMS over the sandbox: SNS `Publish`, and End User Messaging's `SendTextMessage`."""
