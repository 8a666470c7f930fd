"""The pip plugin."""
