"""What can be varied, how its values are written, and what each makes of a request.

Knows requests, models, styles and wildcards, no queue. May import `core.metadata` and below.
"""
