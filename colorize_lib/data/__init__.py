"""Data: photographs from archives, data sets and folders, as memory-mapped arrays that are written once."""

from colorize_lib.data.batches import Batches
from colorize_lib.data.prepared import DataSet, load, prepare

__all__ = ["Batches", "DataSet", "load", "prepare"]
