"""The network and its search: torch and the standard library only."""
