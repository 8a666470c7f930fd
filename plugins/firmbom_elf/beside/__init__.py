"""What the files beside a binary say of its release."""
