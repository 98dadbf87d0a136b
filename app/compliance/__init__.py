"""What the law and the access points ask of the data: rules, and what came of them. Judged is what the public sees."""
