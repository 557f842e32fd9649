"""What clients speak: one module for each dialect, all over the same core."""
