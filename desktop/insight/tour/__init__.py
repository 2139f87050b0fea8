"""The view Guided tour: lessons of stops, each a question, an experiment and a try of one's own.

Knows no other view. May import `insight.opened`, `shared`, `form`, `queue`, `pictures`, `state`
and `widgets`.
"""
