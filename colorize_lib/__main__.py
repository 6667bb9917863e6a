"""`python -m colorize_lib`: the command line."""

from colorize_lib.cli import main

main()
