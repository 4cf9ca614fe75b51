"""Where the parts are put together: target, clients, lock and clock become the session that a caller works in.

The command line, the library and whatever comes use this room. It knows of no command line: nothing here reads click.
"""
