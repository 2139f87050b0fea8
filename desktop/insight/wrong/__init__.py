"""The view What went wrong?: what can be seen of a picture that is no taste, each with its figures,
its cause and a change to try, and what can be tried where nothing is measured.

May import what Insight may, and of Insight `opened`, `guidance` and `side_by_side`.
"""
