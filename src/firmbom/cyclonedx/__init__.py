"""CycloneDX documents: written, read, checked."""
