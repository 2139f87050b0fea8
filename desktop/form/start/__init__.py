"""The picture that the form starts from: kept in the data folder, looked at, and shown above the
prompt.

May import `state`, `widgets` and the lines of `form/parameters`.
"""
