"""Recipes as other programs write them, one reader a file: `parse(texts)`, a row of FORMATS each.

A reader says what it understood, what it put into other words, and what it left out; what it does
not know it leaves out with a sentence, and never takes something like it. May import its folders,
`core.metadata.parsing` and what that may; knows no files.
"""
