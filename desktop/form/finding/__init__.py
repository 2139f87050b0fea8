"""Find and replace in the editors of prompts.

Knows texts and the editors. May import `prompt`, `state` and `widgets`.
"""
