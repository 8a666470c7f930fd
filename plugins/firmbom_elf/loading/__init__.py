"""Which file loads which, as the dynamic loader would find them."""
