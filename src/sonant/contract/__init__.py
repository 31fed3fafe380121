"""The wire, declared once: what client and engine say to each other.

Imports msgspec and the standard library, nothing else of ours. Start with `table.py`, the list of all operations.
"""
