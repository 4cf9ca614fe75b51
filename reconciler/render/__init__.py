"""Values to text: one file for each form, none of which knows another.

What they share is words.py, values.py, totals.py, style.py and records.py.
"""
