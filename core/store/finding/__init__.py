"""Pictures found: the query language, the search index beside the database, answers in an order.

Knows rows and values, no window. May import what is below the store, and `store.sqlite`.
"""
