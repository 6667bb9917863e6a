"""Report: from recorded runs to numbers, verdicts, tables, plots and widgets."""
