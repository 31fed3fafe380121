"""HTTP: decode, admit, hand in, encode. Refusals become the catalogue's error bodies."""
