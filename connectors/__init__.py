"""How data gets in and out. Nothing here decides anything about contacts, or imports `flows` or Prefect."""
