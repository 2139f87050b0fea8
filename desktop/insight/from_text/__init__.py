"""The view From text to picture: the stations between the words and the pixels, one below another.

Each station draws this picture's own data, and opens into what happens there and its numbers.
Knows no other view. May import `insight.opened`, `shared`, `form`, `queue`, `pictures`, `state`
and `widgets`.
"""
