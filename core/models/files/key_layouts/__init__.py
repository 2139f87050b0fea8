"""The published names and shapes of tensors, as tables that say what must
and what must not be there.

Knows names alone, no files. Imports nothing of ours outside this folder.
"""
