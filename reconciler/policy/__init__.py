"""Rules of the user's own: expressions in CEL, checked against the shape of what they read, evaluated within bounds.

The text is parsed by the grammar of cel-python (`parsing.py`); what it means is decided here, on plain JSON values.
"""
