"""A trial on held-out items: what is still to be asked, what the answers prove, and when that is enough. Pure."""
