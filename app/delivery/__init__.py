"""Where the public feed is pushed. The engine follows the feed, a destination takes what is due."""
