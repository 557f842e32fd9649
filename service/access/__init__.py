"""Who may use the service, how fast, and how much they have used: one store for all dialects."""
