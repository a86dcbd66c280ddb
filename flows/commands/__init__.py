"""What each command does once its words are understood. Imported one by one, so that `--help` stays quick."""
