"""The report: one HTML file that needs nothing else, one file a section."""
