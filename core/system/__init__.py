"""What the program stands on: files that survive a crash, paths, logs, settings,
tokens, errors in sentences.

Knows nothing of pictures or models. Imports nothing of ours.
"""
