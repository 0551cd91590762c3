"""What people see: thin functions, each at most one command."""
