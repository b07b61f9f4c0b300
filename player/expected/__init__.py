"""What the reports must say, computed from the ledger alone: plain Python that shares nothing with the services.

Figures are exact: durations are microseconds, as an integer or a fraction in text; a share is (count, of).
"""
