"""Admin pages: messages, rules, reports and unprocessed requests; no list shows codes, only reports show texts."""

from inbox.admin import messages, reports, rules, unprocessed_requests  # noqa: F401  (they register themselves)
