"""The room Models: the list with its cards, downloads, linked folders.

Knows no other room. May import `shared`, `form`, `queue`, `pictures`, `state` and `widgets`.
"""
