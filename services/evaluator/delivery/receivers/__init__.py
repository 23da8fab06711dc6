"""What listens at the other end: a module for each kind of receiver."""
