"""`tuneform fmt`: the same text in the one order, spelling and indentation of the reference, comments kept."""
