"""Commands that only look: at a pipeline, at one contact, at a spreadsheet that has no pipeline yet."""
