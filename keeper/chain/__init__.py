"""Reading one chain over JSON-RPC: endpoints with failover, new heads, logs, pinned contract reads."""
