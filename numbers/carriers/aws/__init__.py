"""AWS End User Messaging."""

from numbers.carriers.aws.api import AwsApi as Api

__all__ = ["Api"]
