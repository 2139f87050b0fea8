"""Lists that a person keeps, one a file: rows with names.

Knows JSON and files, not what the rows mean. May import `core.system`.
"""
