"""What each command does, without a command line: no click, no printing.

The effects come in as a World; what happens goes out as plans, events and results.
"""
