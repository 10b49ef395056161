"""The REST API's ground: keys, errors, and how a feature's operations are mounted.

See docs/how-to/add-an-endpoint.md.
"""
