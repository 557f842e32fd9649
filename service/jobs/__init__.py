"""Work that outlives the request that asked for it: documents, and reloads of artifacts."""
