"""Text as it is written becomes words as they are said."""
