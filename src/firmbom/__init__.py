"""firmbom: a signed CycloneDX SBOM for firmware, tied to the image and the release."""
