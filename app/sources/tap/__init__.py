"""What taps of message brokers have in common: how a message is described, read and handed in."""
