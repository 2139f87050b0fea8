"""The view Rewind: a timeline under the picture, and other pictures from any step on.

Knows no other view. May import `insight.opened`, `shared`, `form`, `queue`, `pictures`, `state`
and `widgets`.
"""
