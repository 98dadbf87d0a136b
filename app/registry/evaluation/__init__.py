"""What came of the rules: at each public location, per day, and as findings that open and are fixed. Written by one worker under
a lease; what the rules say is the business of `compliance`."""
