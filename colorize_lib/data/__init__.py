"""Data: photographs from archives, data sets and folders, as memory-mapped arrays that are written once."""

from colorize_lib.data.batches import Batches
from colorize_lib.data.description import describe, descriptions, record_description
from colorize_lib.data.prepared import DataSet, load, prepare

__all__ = ["Batches", "DataSet", "describe", "descriptions", "load", "prepare", "record_description"]
