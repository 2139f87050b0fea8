"""Which models are here: folders, registered files, folders of other programs,
and what lies beside them.

Knows no network. May import `core.models.files` and what is below it.
"""
