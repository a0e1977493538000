// An empty worker: browsers register one only where the certificate is trusted. It is removed again at once.
