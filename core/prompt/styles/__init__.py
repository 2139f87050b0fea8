"""Styles: named words that are put around a prompt, those that come with the program and a
person's own.

Knows texts and the files of two folders. May import `core.values` and what is below it.
"""
