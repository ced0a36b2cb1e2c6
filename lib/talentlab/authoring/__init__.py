"""From one chapter source to its editions: the builder and the rules of the form."""
