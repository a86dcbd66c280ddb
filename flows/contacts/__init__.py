"""What a contact is and what should change about it. Pure: touches no file, clock, network, database or log."""
