"""Package databases found in any tree: dpkg, opkg, apk, rpm, pacman, and os-release."""
