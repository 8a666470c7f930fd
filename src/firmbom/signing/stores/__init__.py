"""Where keys are kept: one module for each URI scheme, each with ``signer`` and ``public`` (:data:`loading.STORES`)."""
