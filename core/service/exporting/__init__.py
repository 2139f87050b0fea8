"""Pictures leave: as files under other names, in another format, as a zip, or as a contact sheet.

Knows no window. May import metadata, prompt, store, values and system.
"""
