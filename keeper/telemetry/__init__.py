"""What the keeper tells: logs, metrics, health."""
