"""What a file declares itself to be: package notes, build information, banners of kernels and boot loaders."""
