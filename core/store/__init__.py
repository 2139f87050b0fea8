"""The data folder: the SQLite queue and gallery, picture files, documents,
pictures to start from, latent checkpoints, thumbnails, the trash.

Knows no engine. May import `core.metadata` and what is below it.
"""
