"""What pictures say about their making: the FORMATS table (recipes.py), and our own recipe in
picture files.

Knows files and texts, neither gallery nor engine. May import `core.models`, `core.prompt` and what
is below them.
"""
