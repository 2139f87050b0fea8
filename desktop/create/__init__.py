"""The room Create: the picture that is developing, with the queue below it.

Knows no other room. May import `form`, `queue`, `pictures`, `state` and `widgets`.
"""
