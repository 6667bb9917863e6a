"""`python -m colorize_lib`: the command line."""

from colorize_lib.commands.main import main

main()
