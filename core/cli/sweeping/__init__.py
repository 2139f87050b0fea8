"""Of `calotype sweep` its options, the axes that they name, and how it says what it does.

Knows the command line and the service of sweeps. May import core.cli.shared and core.service.
"""
