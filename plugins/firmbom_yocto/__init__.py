"""The yocto plugin: what a Yocto (OpenEmbedded) build wrote down about the images it made."""
