"""CSV files, as spreadsheet programs open them."""
