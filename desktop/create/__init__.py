"""The room Create: the form, the picture that is developing with the queue below it, and History.

Knows no other room. May import `shared`, `form`, `queue`, `pictures`, `state` and `widgets`.
"""
