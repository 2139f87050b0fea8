"""Styles in the form: the chosen ones as chips, all of them to choose from, one being written.

Knows the draft and the files of styles. May import `state` and `widgets`.
"""
