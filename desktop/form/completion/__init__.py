"""What the editors of prompts offer while somebody types: read from disk, away from the window.

Knows files of names and tags. May import `state` and `widgets`.
"""
