"""What a sweep is, the one recipe with several parameters varied, and which of its cells one is.

Knows requests and their limits. May import `core.values.declared` and requests.
"""
