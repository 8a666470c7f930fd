"""Known files: databases of them, and what they recognise."""
