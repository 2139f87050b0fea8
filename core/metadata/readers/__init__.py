"""Recipes as other programs write them, one reader a file: `parse(texts)`, a row of FORMATS each.

May import values, prompts, samplers and the rest of `core.metadata` but recipes.py, which names
them. A reader says what it understood, what it put into other words, and what it left out; what it
does not know it leaves out with a sentence, and never takes something like it.
"""
