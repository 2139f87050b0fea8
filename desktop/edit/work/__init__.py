"""The documents that are open, the results that lie over them, and what comes in and goes out.

May import `edit.document`, `edit.canvas`, `shared`, `pictures`, `state` and `widgets`.
"""
