"""A stop of a lesson as it is read: question, pictures, words explained, a try of one's own.

Widgets that are told what to show; who fills them is one room above. May import `widgets`.
"""
