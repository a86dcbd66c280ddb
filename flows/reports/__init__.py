"""How a finished run is told: buckets, words, workbook, page, console, notices. Knows reports, not how they came."""
