inherit image
FIRMBOM_ENABLED = "0"
