"""Trees of files: folders, archives and the containers inside them."""
