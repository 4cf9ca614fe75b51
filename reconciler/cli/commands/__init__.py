"""A module for each command, named as the command is; what several of them need is in the room above."""
