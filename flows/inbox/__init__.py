"""Drop folders: spreadsheets that people lay down, each run by its pipeline once and given back with its results."""
