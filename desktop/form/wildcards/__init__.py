"""Words drawn by chance, seen before a picture is made: the files of wildcards as a person edits
them, and what a prompt may become.

Knows the draft and one folder. May import `state` and `widgets`.
"""
