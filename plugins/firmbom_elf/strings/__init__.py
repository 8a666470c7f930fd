"""The texts of a file: how they are found, stored and quoted."""
