"""Does every practice and provider send what it usually sends? A feed that stops must not read as falling need."""
