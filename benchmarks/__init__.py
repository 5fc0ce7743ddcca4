"""Measurements, never assertions: each figure beside its limit, taken in the same run, as CPU of the server."""
