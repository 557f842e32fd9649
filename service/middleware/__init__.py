"""What surrounds the routes, as plain ASGI: it costs microseconds and lets a disconnect through."""
