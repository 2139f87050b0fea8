"""Documents of the Edit room on disk: one SQLite file each, whose every step is there after a kill.

Knows files and values, no pixels' meaning. May import what is below the store, and `store.sqlite`.
"""
