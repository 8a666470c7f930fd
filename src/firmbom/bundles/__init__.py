"""Update bundles: what a device installs, its manifest, and who signed it."""
