"""Study: the matrix of runs, carried out on one machine or on a cluster."""
