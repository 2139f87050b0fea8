"""What a model file or folder is, from its header and configurations alone; weights are never read.

Knows no list of models and no network. May import `core.prompt` and what is below it.
"""
