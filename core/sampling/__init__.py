"""Samplers and noise schedules as small functions of plain numbers,
which work on floats and tensors alike.

The tables are `samplers.SAMPLERS` and `schedules.SCHEDULES`; the methods stand in modules by their
kind. Knows nothing of models, prompts or torch. May import `core.system`.
"""
