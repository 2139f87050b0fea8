"""What a room of the window is, and what the window hands to each of them.

Knows no room; rooms know each other only through it. May import `form`, `queue`, `pictures`,
`state` and `widgets`.
"""
