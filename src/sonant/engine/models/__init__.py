"""The models: what they must do (`ports.py`), which there are (`catalog.py`), and the ones we bring."""
