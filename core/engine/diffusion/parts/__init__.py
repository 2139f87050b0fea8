"""What the families of models share: conditioning, guidance, noise, devices,
previews. torch stands here.

Knows no family. May import `core.models.files`, `core.prompt` and what is below them.
"""
