"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """
    Argon2id by the parameters of OWASP's password storage cheat sheet: 19 MiB, 2 passes, 1 lane.

    Django's own take ten times as long and 100 MB a log-in: a way to bring a server down.
    """

    memory_cost = 19456
    time_cost = 2
    parallelism = 1
