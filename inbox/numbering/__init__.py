"""Numbers, offers, leases and rentals over the API."""
