"""AWS End User Messaging."""

from numbers.carriers.aws.webhooks import Aws

__all__ = ["Aws"]
