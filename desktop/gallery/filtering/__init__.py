"""What of the gallery is shown: the search field, its completion and mistakes, chips, order, cells.

Above nothing else of `desktop.gallery`. May import `shared`, `pictures`, `state` and `widgets`.
"""
