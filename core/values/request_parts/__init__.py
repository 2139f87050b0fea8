"""Values that a request is made of besides plain numbers and texts, and long declarations of its
fields. Imports nothing of ours but declarations and limits."""
