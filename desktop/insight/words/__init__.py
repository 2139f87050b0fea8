"""The view Words: where in the picture each word of the prompt was looked at, and at a place of
the picture what was looked at there.

Knows no other view but the panel that stands in its column. May import `insight.opened`, what of
the recording a service reads, and what Insight may.
"""
