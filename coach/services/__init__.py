"""Use cases: load, decide, save. Queries live here. Functions never commit and never see a request."""
