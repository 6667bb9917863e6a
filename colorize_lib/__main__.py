"""`python -m colorize_lib`: the command line."""

from colorize_lib.commands.main import main

if __name__ == "__main__":  # the study's worker processes import this module under another name
    main()
