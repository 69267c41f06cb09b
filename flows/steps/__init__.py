"""What the tasks of the flows do, without a decorator: each reads the warehouse, calls a model or a writer."""
