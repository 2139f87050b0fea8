"""The room Insight: how a picture came to be, step by step, and other pictures from any step on.

Knows no other room. May import `shared`, `form`, `queue`, `pictures`, `state` and `widgets`.
"""
