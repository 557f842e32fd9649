"""Text on its way to the model and back: segments, pieces, placeholders, capitals, alignments. No engine, no HTTP."""
