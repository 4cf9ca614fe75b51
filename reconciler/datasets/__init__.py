"""Training data: formats, one streaming pass over a file, conversion, tokens."""
