"""What ComfyUI's nodes are called and given, as rows of data.

Knows no graph. May import nothing beside this folder.
"""
