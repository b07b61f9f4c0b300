"""Keys per subject and purpose: issued before the first write, read while they last, destroyed to erase."""
