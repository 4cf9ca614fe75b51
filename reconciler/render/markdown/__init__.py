"""For pull requests, comments and job summaries: GitHub's and GitLab's markdown, one file a view."""
