"""The public face: the open feed, pages for people, and what operations asks. `application.create_app` makes it."""
