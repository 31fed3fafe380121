"""How words read: their spelling, sentences, paragraphs and utterances. Plain functions."""
