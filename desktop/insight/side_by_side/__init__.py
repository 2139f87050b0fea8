"""The view "Side by side": pictures compared, with what their recipes have otherwise.

Works without any recording. May import `opened`, and what Insight may.
"""
