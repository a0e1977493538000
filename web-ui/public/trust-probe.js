// Registered and removed at once: the browser fetches it only over a connection that it trusts.
