"""Pictures of other programs as a row will have them, and the folders they lie in that are watched.

Knows files, their recipes and one table. May import what is below the store, and `store.sqlite`.
"""
