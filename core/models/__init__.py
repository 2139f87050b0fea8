"""Model files: what one is (`files`), which are here (`library`), where they come from (`fetch`).

Holds rooms only; `fetch` may import `library`, and `library` may import `files`.
"""
