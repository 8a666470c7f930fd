"""firmbom: a signed CycloneDX SBOM for firmware, tied to the image and the release."""

__version__ = "0.1.0"
