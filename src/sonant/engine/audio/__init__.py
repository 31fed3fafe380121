"""Any bytes become float32 frames."""
