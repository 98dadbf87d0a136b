"""`/docs`: the documentation. Its text is the repository's Markdown, and what the code says of itself."""
