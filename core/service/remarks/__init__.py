"""What a person should know before a picture is made: of its texts, its size, and the ways to save
time.

May import values, prompts and families; knows no engine and no window.
"""
