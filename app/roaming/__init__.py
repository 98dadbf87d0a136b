"""Partners that register by OCPI's credentials: the handshake, what each of them is shown, and the push to them."""
