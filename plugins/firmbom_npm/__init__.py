"""The npm plugin."""
