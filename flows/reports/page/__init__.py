"""The pages for a browser: of one run, and of the last runs of a pipeline; each is one file that needs nothing else."""
