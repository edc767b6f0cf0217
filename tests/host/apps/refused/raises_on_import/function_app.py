raise LookupError("not today")
