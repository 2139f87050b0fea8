"""The room Settings, drawn from the fields of `Settings`, and the keys of all commands.

Knows no other room. May import `shared`, `form`, `queue`, `pictures`, `state` and `widgets`.
"""
