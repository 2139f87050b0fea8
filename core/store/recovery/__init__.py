"""A damaged database: what can be read out of it, and how the mended one takes its place.

Knows tables and files. May import what `core.store` may, but not the stores.
"""
