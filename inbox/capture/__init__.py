"""Endpoints with carriers' own APIs: what programs send there is kept in the sandbox, and reaches no phone."""
