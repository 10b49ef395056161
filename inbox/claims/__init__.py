"""Claims: of many who wait for messages on one number, each gets those that are meant for it."""
