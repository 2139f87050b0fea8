"""The room Edit: documents open as tabs, the canvas with its tools, layers, and the results that
lie over it until one is taken.

Knows no other room. May import `shared`, `form`, `queue`, `pictures`, `state` and `widgets`.
"""
