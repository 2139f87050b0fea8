"""Small controls, layouts, the theme and translation, which know nothing of Calotype's things.

Imports nothing of ours but `core.system`.
"""
