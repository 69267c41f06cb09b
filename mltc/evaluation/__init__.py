"""Did an innovation do anything? The people who had it, others like them, and their use of care before and after."""
