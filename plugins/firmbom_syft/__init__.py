"""The syft plugin."""
