"""Book: parameter files, chapters executed with them, and the pages compiled from those."""
