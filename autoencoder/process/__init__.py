"""What any process of the app needs from its machine: files, logs, memory, clock, certificates."""
