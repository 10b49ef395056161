"""What adapters share: requests, payloads, signatures, encodings."""
