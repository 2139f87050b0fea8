"""Prompts of before: those of the pictures that were made, newest first, and those a person pinned.

Knows rows of the gallery's table and one file. May import `core.prompt` and what is below it.
"""
