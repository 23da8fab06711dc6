"""What is read from outside is refused with a reason, or read: nothing else, whatever it holds."""
