"""The room Insight: how a picture came to be, in views of which each has a folder of its own.

Knows no other room. May import `shared`, `form`, `queue`, `pictures`, `state` and `widgets`.
"""
