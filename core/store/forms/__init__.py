"""What is kept of forms: presets.

Knows requests and one file. May import `core.values` and what is below it.
"""
