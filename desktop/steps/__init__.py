"""The steps of a picture, in whichever room it is seen: the recording that is opened, the slider
over it, what is seen of a step, and the pictures that branch off from one.

Knows no room. May import `form`, `queue`, `pictures`, `state` and `widgets`.
"""
