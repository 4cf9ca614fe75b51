"""Specs from what people train with today: a request's body, a script, a resource of Config Connector.

Nothing of it is run. Each kind of file has a module that reads it as requests; one writes the spec of a request.
"""
