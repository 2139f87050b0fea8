"""LoRA, LyCORIS and their kin on a loaded model: names of layers,
forms of change, what was left out.

Knows no family. May import `parts` and what that may import.
"""
