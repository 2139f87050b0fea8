"""The database file: opened, migrated, copied daily, and replaced by what can be read when damaged.

Knows tables and the file, no store of either. May import `core.values` and what is below it.
"""
