"""The room Gallery: search, favourites, the trash and the grid.

Knows no other room. May import `shared`, `form`, `queue`, `pictures`, `state` and `widgets`.
"""
