"""The language of prompts in their editors: its colours, problems and keys, what a model reads.

Knows places in texts and one editor at a time. May import `state` and `widgets`.
"""
