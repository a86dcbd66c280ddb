"""Sources of rows: CSV files, workbooks, database queries. Each reads everything into text with row numbers."""
