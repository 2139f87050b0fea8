"""Samplers and noise schedules as small functions of plain numbers,
which work on floats and tensors alike.

Knows nothing of models, prompts or torch. May import `core.system`.
"""
