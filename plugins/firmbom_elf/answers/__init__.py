"""What a file answers to whoever asks it for its release: functions, data, the structures of plugins."""
