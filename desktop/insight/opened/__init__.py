"""The picture that Insight is open for, how it comes to its recording, and what a view of it is.

Knows no view. May import `pictures`, `shared`, `state` and `widgets`.
"""
