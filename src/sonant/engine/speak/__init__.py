"""Text becomes audio: read, cut, spoken, encoded, in the order of `composer.py`, `sentences.py`, `render.py`."""
