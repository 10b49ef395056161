"""What a text costs in SMS segments: `inbox.segments.count(text)`."""

from inbox.segments.counting import Count, count

__all__ = ["Count", "count"]
