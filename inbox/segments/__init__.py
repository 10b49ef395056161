"""What a text costs in SMS segments: `inbox.segments.count(text)`."""

from inbox.segments.counting import Count, count, forcing

__all__ = ["Count", "count", "forcing"]
