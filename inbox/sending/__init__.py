"""Sends messages through our numbers: accepted with their price, sent once by a worker, followed by receipts."""
