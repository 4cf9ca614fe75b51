"""What each format asks of one example: problems and measures, as pure functions of the decoded row."""
