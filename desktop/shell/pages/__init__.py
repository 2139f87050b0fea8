"""Pages of help that are read beside the form, from the texts of `resources/help`.

Knows texts and one window each. May import `state` and `widgets`.
"""
