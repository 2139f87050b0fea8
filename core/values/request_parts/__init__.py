"""Values that a request is made of besides plain numbers and texts, and long declarations of its
fields.

Knows no request. May import `core.values.declared`, `core.sampling` and what is below it.
"""
