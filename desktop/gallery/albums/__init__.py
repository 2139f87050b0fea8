"""The list beside the gallery's grid: all, favourites, the trash, albums, saved searches.

Beside `desktop.gallery.filtering`. May import `shared`, `pictures`, `state` and `widgets`.
"""
