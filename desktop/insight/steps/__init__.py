"""The view Steps: the noise levels that a picture's steps walk down, and what became visible when.

Knows no other view. May import `insight.opened`, `shared`, `form`, `queue`, `pictures`, `state` and
`widgets`.
"""
