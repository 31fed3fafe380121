"""Audio becomes words: what to do (`plan.py`), the hearing (`recording.py`), and how it reads (`text/`)."""
