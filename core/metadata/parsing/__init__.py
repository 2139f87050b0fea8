"""What every reader makes its recipe of: values checked one by one, models by their names, the web
UI's text, which many programs write. May import `core.metadata.infotext` and what that may, prompts
and values; knows no files.
"""
