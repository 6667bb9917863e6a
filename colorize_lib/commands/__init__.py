"""Commands: the command line over all of the library. `colorize NAME` is in NAME_command.py."""
