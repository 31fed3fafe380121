"""Projects and what belongs to them: the rules. Each function works in a transaction that its caller opened.

`grants.py` says what a caller may do, `keyring.py` knows the keys in use, `ledger.py` brings what requests used into
the database; the others are named for what they manage. Whatever is refused is refused in faults of the catalogue.
"""
