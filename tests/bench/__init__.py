"""The benchmark table: `make bench`.

Every figure that matters is a ratio of two things measured in the same run, taken in turns (A B A B ...) and
reported as the median, because one machine's seconds are another's minutes. Each file says its own method.
"""
