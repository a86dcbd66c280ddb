"""What commands share towards whoever typed them: questions, progress, how they fail, which project is meant."""
