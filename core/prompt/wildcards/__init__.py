"""Words drawn by chance: choices in braces, and wildcards that lie as files in the user's folder.

Knows texts and the files of one folder. May import `core.values` and what is below it.
"""
