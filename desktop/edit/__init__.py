"""The room Edit: documents with a canvas, layers, masks, candidates and live painting.

Knows no other room. May import `shared`, `form`, `queue`, `pictures`, `state` and `widgets`.
"""
