"""The catalogue: components that matter in firmware and how their own bytes name them. TOML, one file a field."""
