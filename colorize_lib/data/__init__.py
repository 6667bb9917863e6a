"""Data: photographs from archives, data sets and folders, as arrays that are written once and read by memory map."""

from colorize_lib.data.batches import Batches
from colorize_lib.data.prepared import DataSet, load, prepare

__all__ = ["Batches", "DataSet", "load", "prepare"]
