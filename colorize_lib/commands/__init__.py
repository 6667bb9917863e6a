"""Commands: the command line over all of the library."""
