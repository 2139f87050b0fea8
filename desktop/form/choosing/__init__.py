"""A choice of many: the recommended ones first, the others under "All", found by typing.

Knows rows of text. May import `widgets`.
"""
