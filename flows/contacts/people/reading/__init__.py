"""How the text of one address is read: its signs, its words, its digits, and the numbering plans they belong to."""
