"""Files of strangers, read in a process of their own: what such a file does to its reader, it does to nobody else."""
