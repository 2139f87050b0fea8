"""What a prompt could go on with while it is typed: names that are here, tags of a person's lists.

Knows texts and the files of one folder. May import `core.values` and what is below it.
"""
