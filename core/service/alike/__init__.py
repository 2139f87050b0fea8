"""Pictures that look alike: what each looks like, worked out once, and groups of duplicates.

May import store, metadata, values and system.
"""
