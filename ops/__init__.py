"""The command line of ops: `./hirelog`."""
