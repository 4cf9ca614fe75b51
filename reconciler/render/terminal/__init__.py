"""For people at a terminal, and for logs: one file a view."""
